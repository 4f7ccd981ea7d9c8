import { type ErrorDefinition, MillraceError } from '../../runtime/errors.ts';
import { INGEST_ERRORS } from '../errors.ts';

/** SQLSTATEs (https://www.postgresql.org/docs/18/errcodes-appendix.html) that mean something particular to capture. */
const BY_SQLSTATE: Readonly<Record<string, ErrorDefinition>> = {
  '28000': INGEST_ERRORS.authenticationFailed,
  '28P01': INGEST_ERRORS.authenticationFailed,
  '3D000': INGEST_ERRORS.databaseMissing,
  '42501': INGEST_ERRORS.privilegeMissing,
  '53400': INGEST_ERRORS.tooManySlots,
  '55006': INGEST_ERRORS.slotInUse,
  // "requested WAL segment has already been removed"
  '58P01': INGEST_ERRORS.slotWalRemoved,
  '08P01': INGEST_ERRORS.protocolViolation,
};

/** Shutting down, crashed, starting, out of connections: the server's state, not the request's fault. */
const CONNECTION_CLASSES = ['08', '57'];

/** What Node says of a certificate that it does not take (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const TLS_CODES: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Wraps a driver's or server's error into one of the catalogue, by SQLSTATE alone. */
export function classifyError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  return new MillraceError(definitionFor(code), code === null ? text : `${text} (${code})`, { cause: error });
}

export function definitionFor(code: string | null): ErrorDefinition {
  if (code !== null && (TLS_CODES.has(code) || /^ERR_(SSL|TLS|OSSL)_/.test(code))) return INGEST_ERRORS.tlsFailed;
  if (code === null || !/^[0-9A-Z]{5}$/.test(code)) return INGEST_ERRORS.connectionLost;
  const known = BY_SQLSTATE[code];
  if (known !== undefined) return known;
  return CONNECTION_CLASSES.includes(code.slice(0, 2)) ? INGEST_ERRORS.connectionLost : INGEST_ERRORS.sourceRefused;
}

/** The SQLSTATE (or the driver's code) of an error or of what it wraps; null when there is none. */
export function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  if (error instanceof MillraceError) return codeOf(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}
