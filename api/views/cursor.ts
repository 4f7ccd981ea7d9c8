import { createHash } from 'node:crypto';
import type { JsonText } from '../http/exact-json.ts';

/** Where a page ended. */
export interface Cursor {
  readonly watermark: string;
  /** Of the last row, in the order of the view's key, as the warehouse printed them. */
  readonly keys: readonly string[];
}

const VERSION = 1;

/** What a cursor belongs to: of another question its place means nothing. */
export function questionMark(question: JsonText): string {
  return createHash('sha256').update(question).digest('base64url').slice(0, 16);
}

export function cursorText({ watermark, keys }: Cursor, mark: string): string {
  return Buffer.from(JSON.stringify([VERSION, watermark, mark, keys])).toString('base64url');
}

/** Whoever makes one up begins elsewhere in the same rows, no more. `foreign`: it is another question's. */
export function readCursor(text: string, mark: string, keyCount: number): Cursor | 'malformed' | 'foreign' {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return 'malformed';
  }
  if (!Array.isArray(parts) || parts.length !== 4 || parts[0] !== VERSION) return 'malformed';
  const [, watermark, itsMark, keys] = parts as unknown[];
  const isState = typeof watermark === 'string' && /^\d{1,19}$/.test(watermark);
  const areKeys = Array.isArray(keys) && keys.every((key): key is string => typeof key === 'string');
  if (!isState || !areKeys || typeof itsMark !== 'string') return 'malformed';
  return itsMark === mark && keys.length === keyCount ? { watermark, keys } : 'foreign';
}
