import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `mr_<id>_<secret>`: the prefix lets scanners of repositories find one that was checked in. */
const KEY = /^mr_([a-z0-9]{10})_([A-Za-z0-9_-]{43})$/;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

export interface NewSecret {
  /** What the caller sends. It is shown once and kept nowhere. */
  readonly key: string;
  readonly hash: string;
}

export function newKeyId(): string {
  // 256 is no multiple of 36: some characters are a little likelier, which an id does not mind.
  return [...randomBytes(10)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}

export function newSecret(id: string): NewSecret {
  const secret = randomBytes(32).toString('base64url');
  return { key: `mr_${id}_${secret}`, hash: hashOf(secret) };
}

/** Null for what is no key of ours. */
export function parseKey(text: string): { id: string; secret: string } | null {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

/**
 * A plain SHA-256: the secret has 256 random bits, which nobody tries out. Slow hashes are for what people think up; here one would
 * cost each request its time.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes as long for any wrong secret. */
export function isSecretOf(secret: string, hash: string): boolean {
  const expected = Buffer.from(hash, 'hex');
  const given = Buffer.from(hashOf(secret), 'hex');
  return expected.length === given.length && timingSafeEqual(expected, given);
}
