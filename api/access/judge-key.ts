import type { ApiKey } from '../../warehouse/access/api-keys.ts';
import { hashOf, isSecretOf } from './key-secret.ts';

export type KeyVerdict = 'right' | 'wrong' | 'expired';

/** Of no key: comparing takes its time all the same. */
const NO_HASH = hashOf('');

/** Whether the secret is the key's own, or its former one while that still holds. Revoked is as if it had never been. */
export function judgeKey(key: ApiKey | undefined, secret: string, nowMs: number): KeyVerdict {
  const isOwn = isSecretOf(secret, key?.hash ?? NO_HASH);
  const isFormer = isSecretOf(secret, key?.formerHash || NO_HASH);
  if (key === undefined || key.revokedAtMs !== null) return 'wrong';
  if (!isOwn && !(isFormer && key.formerHash !== '')) return 'wrong';
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return 'expired';
  if (!isOwn && (key.formerUntilMs ?? 0) <= nowMs) return 'expired';
  return 'right';
}
