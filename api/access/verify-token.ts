import { readFile, stat } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { JwtConfig } from '../../runtime/config/access.ts';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import type { Caller } from './caller.ts';
import { callerOf } from './claims.ts';

export interface TokenVerifier {
  /** Throws API_TOKEN_INVALID, API_TOKEN_EXPIRED, API_TOKEN_KEYS_AWAY. */
  verify(token: string): Promise<Caller>;
}

/** Clocks of two machines differ. */
const CLOCK_TOLERANCE_SECONDS = 30;
const JWKS_TIMEOUT_MS = 3_000;
/** A key that is not known is looked for again after this: providers rotate, and whoever sends nonsense must not make us ask them. */
const JWKS_COOLDOWN_MS = 5_000;

/** Checks tokens of the configured issuer (RFC 7519). Keys are fetched when they are needed, and again when an unknown one signs. */
export function createTokenVerifier(config: JwtConfig): TokenVerifier {
  const keyFor = /^https?:/.test(config.jwks) ? remoteKeys(config.jwks) : fileKeys(config.jwks);
  return {
    async verify(token) {
      const claims = await jwtVerify(token, keyFor, {
        issuer: config.issuer,
        audience: config.audience,
        algorithms: [...config.algorithms],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
      }).then(
        ({ payload }) => payload,
        (error: unknown) => {
          throw asTokenError(error);
        },
      );
      const caller = callerOf(claims, config);
      if ('lacks' in caller)
        throw new ApiError(API_ERRORS.tokenInvalid, `the token has no usable claim ${caller.lacks}`);
      return caller;
    },
  };
}

function remoteKeys(url: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), { timeoutDuration: JWKS_TIMEOUT_MS, cooldownDuration: JWKS_COOLDOWN_MS });
}

/** Read again when the file has changed. */
function fileKeys(path: string): JWTVerifyGetKey {
  let known: { readonly changedAtMs: number; readonly keyFor: JWTVerifyGetKey } | null = null;
  return async (header, token) => {
    const { mtimeMs } = await stat(path);
    if (known?.changedAtMs !== mtimeMs) {
      const keys = JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet;
      known = { changedAtMs: mtimeMs, keyFor: createLocalJWKSet(keys) };
    }
    return known.keyFor(header, token);
  };
}

/** By jose's codes (https://github.com/panva/jose/blob/main/docs/util/errors/README.md); nothing of the token is repeated. */
const WRONG: Readonly<Record<string, string>> = {
  ERR_JWS_INVALID: 'it is not a signed token',
  ERR_JWT_INVALID: 'its claims cannot be read',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'its signature is wrong',
  ERR_JOSE_ALG_NOT_ALLOWED: 'its algorithm is not accepted',
  ERR_JOSE_NOT_SUPPORTED: 'its algorithm is not accepted',
  ERR_JWKS_NO_MATCHING_KEY: 'no key of the issuer has its key id and algorithm',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'it does not say which of the keys of the issuer it was signed with',
};

function asTokenError(error: unknown): ApiError {
  if (error instanceof errors.JWTExpired) return new ApiError(API_ERRORS.tokenExpired, 'the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new ApiError(API_ERRORS.tokenInvalid, `its claim ${error.claim} is not as it must be`);
  }
  const wrong = error instanceof errors.JOSEError ? WRONG[error.code] : undefined;
  if (wrong !== undefined) return new ApiError(API_ERRORS.tokenInvalid, wrong);
  // What is left is about reaching and reading the issuer's keys.
  return new ApiError(API_ERRORS.tokenKeysAway, 'the keys of the issuer cannot be read', { cause: error });
}
