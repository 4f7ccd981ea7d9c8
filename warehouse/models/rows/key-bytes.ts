import { createHash } from 'node:crypto';

/** LMDB takes keys up to 1978 bytes and sorted duplicates up to 511; longer keys are told apart by their hash. */
const MAX_KEY_BYTES = 480;

/** A key's text as LMDB key. Distinct texts give distinct keys (long ones up to SHA-256). */
export function keyBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= MAX_KEY_BYTES) return bytes.length === 0 ? EMPTY : bytes;
  return Buffer.concat([
    bytes.subarray(0, MAX_KEY_BYTES - 33),
    Buffer.from([0]),
    createHash('sha256').update(bytes).digest(),
  ]);
}

/** LMDB has no empty keys; NUL alone cannot be a TabSeparated field. */
const EMPTY = Buffer.from([0]);
