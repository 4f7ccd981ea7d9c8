import type { IncomingHttpHeaders } from 'node:http';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';

/** What a request shows to be let in. */
export type Credentials = { readonly key: string } | { readonly token: string };

/** The beginning of our keys; no token begins so. */
const KEY_PREFIX = 'mr_';

/** Reads `Authorization: Bearer` or `X-Api-Key`. Throws API_CREDENTIALS_MISSING where there is neither, or both. */
export function credentialsOf(headers: IncomingHttpHeaders): Credentials {
  const { authorization } = headers;
  const apiKey = headers['x-api-key'];
  if (authorization !== undefined && apiKey !== undefined) throw missing('there are two; send one of them');
  if (apiKey !== undefined) return { key: String(apiKey).trim() };
  if (authorization === undefined) throw missing('there is none');
  const [, bearer] = /^Bearer +([^\s]+)\s*$/i.exec(authorization) ?? [];
  if (bearer === undefined) throw missing('`Authorization` is not `Bearer` with a key or token');
  return bearer.startsWith(KEY_PREFIX) ? { key: bearer } : { token: bearer };
}

function missing(detail: string): ApiError {
  return new ApiError(API_ERRORS.credentialsMissing, detail);
}
