import type { IncomingHttpHeaders } from 'node:http';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import type { Caller } from './caller.ts';
import { credentialsOf } from './credentials.ts';
import { judgeKey } from './judge-key.ts';
import type { KeyRing } from './key-ring.ts';
import { parseKey } from './key-secret.ts';
import type { TokenVerifier } from './verify-token.ts';

/**
 * Who sends a request. Throws API_CREDENTIALS_MISSING, API_KEY_INVALID, API_KEY_EXPIRED, API_TOKEN_INVALID, API_TOKEN_EXPIRED,
 * API_TOKEN_KEYS_AWAY, API_WAREHOUSE_UNREACHABLE.
 */
export async function authenticate(
  headers: IncomingHttpHeaders,
  by: { readonly keys: KeyRing | null; readonly tokens: TokenVerifier | null },
): Promise<Caller> {
  const credentials = credentialsOf(headers);
  if ('token' in credentials) {
    if (by.tokens !== null) return by.tokens.verify(credentials.token);
    throw new ApiError(API_ERRORS.keyInvalid, 'it has not the form of a key, and tokens are not taken here');
  }
  if (by.keys === null) throw new ApiError(API_ERRORS.keyInvalid, 'keys are not taken here, tokens are');
  const parsed = parseKey(credentials.key);
  if (parsed === null) throw new ApiError(API_ERRORS.keyInvalid, 'it has not the form of a key');
  const key = await by.keys.find(parsed.id);
  const verdict = judgeKey(key, parsed.secret, Date.now());
  if (verdict === 'expired') throw new ApiError(API_ERRORS.keyExpired, `key ${parsed.id} has expired`);
  if (verdict === 'wrong' || key === undefined) throw new ApiError(API_ERRORS.keyInvalid, 'there is no such key');
  const { id, name, scopes, filters, requestsPerMinute } = key;
  return { kind: 'key', id, name, scopes, filters, requestsPerMinute };
}
