import { isIP } from 'node:net';
import type { ConfigProblem } from './errors.ts';

/** Who may ask the API. `none`: everybody who reaches it, which is possible on a loopback address alone. */
export type AccessConfig = 'none' | AccessRules;

export interface AccessRules {
  /** Keys that `millrace keys` made. */
  readonly keys: boolean;
  readonly jwt: JwtConfig | null;
  /** Whether `/metrics` is shown to whoever comes. */
  readonly openMetrics: boolean;
  /** Where it is written who asked what: `millrace.audit_log` of the warehouse, or the API's own log. */
  readonly audit: 'table' | 'log';
}

/** Tokens of an identity provider. */
export interface JwtConfig {
  readonly issuer: string;
  readonly audience: string;
  /** URL of its keys, or the absolute path of a file with them. */
  readonly jwks: string;
  readonly algorithms: readonly string[];
  /** Claim with what its bearer may ask for: a list, or words in one text. Dots lead into objects. */
  readonly scopesClaim: string;
  /** Scopes by the claim's words; null: the words are scopes. */
  readonly scopes: Readonly<Record<string, readonly string[]>> | null;
  /** Claim by column: the values that its rows may have; `*` for all of them. */
  readonly filters: Readonly<Record<string, string>>;
  readonly subjectClaim: string;
  readonly requestsPerMinute: number | null;
}

/** What signs with a secret that the API would have to know is not among them. */
export const JWT_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

/** As the schema describes it. */
export type AccessFile =
  | 'none'
  | {
      keys?: boolean;
      open_metrics?: boolean;
      audit?: 'table' | 'log';
      jwt?: {
        issuer: string;
        audience: string;
        jwks: string;
        algorithms?: string[];
        scopes_claim?: string;
        scopes?: Record<string, string[]>;
        filters?: Record<string, string>;
        subject_claim?: string;
        requests_per_minute?: number;
      };
    };

export function accessOf(file: AccessFile, pathOf: (relative: string) => string): AccessConfig {
  if (file === 'none') return 'none';
  const { keys = false, jwt, open_metrics: openMetrics = false, audit = 'table' } = file;
  if (jwt === undefined) return { keys, jwt: null, openMetrics, audit };
  return {
    keys,
    openMetrics,
    audit,
    jwt: {
      issuer: jwt.issuer,
      audience: jwt.audience,
      jwks: isUrl(jwt.jwks) ? jwt.jwks : pathOf(jwt.jwks),
      algorithms: jwt.algorithms ?? JWT_ALGORITHMS,
      scopesClaim: jwt.scopes_claim ?? 'scope',
      scopes: jwt.scopes ?? null,
      filters: jwt.filters ?? {},
      subjectClaim: jwt.subject_claim ?? 'sub',
      requestsPerMinute: jwt.requests_per_minute ?? null,
    },
  };
}

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** An API that others reach must say who may ask. Null: it does. */
export function undecidedAccess(api: { readonly host: string; readonly access?: AccessConfig }): string | null {
  const { host, access } = api;
  if (isLoopback(host) || (access !== undefined && access !== 'none')) return null;
  const given = access === 'none' ? '`none` is possible on a loopback address alone' : 'is missing';
  return `${given}: others than this machine reach ${host}; allowed: keys: true, jwt: {...}, or both`;
}

/** What the schema cannot say. */
export function accessProblems(
  api: { host?: string; access?: AccessFile } | undefined,
  isReadable: (path: string) => boolean,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const file = api?.access;
  const host = api?.host ?? '127.0.0.1';
  const access = file === undefined ? undefined : accessOf(file, (path) => path);
  const undecided = undecidedAccess({ host, ...(access !== undefined && { access }) });
  if (undecided !== null) problems.push({ path: 'api.access', message: undecided });
  if (file === undefined || file === 'none') return problems;
  if (file.keys !== true && file.jwt === undefined) {
    problems.push({ path: 'api.access', message: 'lets nobody in: needs keys: true, jwt: {...}, or both' });
  }
  const jwks = file.jwt?.jwks;
  if (jwks !== undefined && !isUrl(jwks) && !isReadable(jwks)) {
    problems.push({ path: 'api.access.jwt.jwks', message: 'must be an http(s) URL or a file that can be read' });
  }
  return problems;
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}
