import { readFileSync } from 'node:fs';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';

/** How a connection is encrypted: as libpq's sslmode (https://www.postgresql.org/docs/18/libpq-ssl.html). */
export interface TlsChoice {
  /** False: not at all. */
  readonly ssl: ConnectionOptions | false;
  /** A server that does not offer TLS is used without. */
  readonly mayFallBack: boolean;
}

const PARAMETERS = [
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'ssl',
  'uselibpqcompat',
  'channel_binding',
] as const;

/**
 * What the url's parameters ask for, with libpq's meaning: `prefer` is the default; `require` checks the chain where
 * `sslrootcert` is given; `verify-full` checks the host's name too. `sslrootcert=system` is the system's own list.
 * Files are read with each connection, so that renewed certificates are taken. Throws INGEST_TLS_FILE_UNREADABLE.
 */
export function tlsOf(url: URL): TlsChoice {
  const mode = url.searchParams.get('sslmode') ?? 'prefer';
  if (mode === 'disable') return { ssl: false, mayFallBack: false };
  const read = (name: string): string | undefined => {
    const path = url.searchParams.get(name);
    return path === null || path === '' || path === 'system' ? undefined : readText(path, name);
  };
  const [ca, cert, key] = [read('sslrootcert'), read('sslcert'), read('sslkey')];
  const passphrase = url.searchParams.get('sslpassword');
  const asksForRoot = (url.searchParams.get('sslrootcert') ?? '') !== '';
  const verifiesName = mode === 'verify-full' || url.searchParams.get('sslrootcert') === 'system';
  const verifiesChain = verifiesName || mode === 'verify-ca' || (mode === 'require' && asksForRoot);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const ssl: ConnectionOptions = {
    rejectUnauthorized: verifiesChain,
    // Node would check an address against `localhost`: the host is always the one of the url.
    checkServerIdentity: (_name, certificate) => (verifiesName ? checkServerIdentity(host, certificate) : undefined),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === null ? {} : { passphrase }),
  };
  return { ssl, mayFallBack: mode === 'prefer' || mode === 'allow' };
}

/** The driver gives these parameters a meaning of its own. */
export function withoutTlsParameters(url: URL): URL {
  const stripped = new URL(url);
  for (const name of PARAMETERS) stripped.searchParams.delete(name);
  return stripped;
}

function readText(path: string, parameter: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new MillraceError(INGEST_ERRORS.tlsFileUnreadable, `${parameter} ${path}`, { cause: error });
  }
}
