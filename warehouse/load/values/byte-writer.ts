import type { SpareBuffers } from './spare-buffers.ts';

const PAGE_BYTES = 4096;

/** A growing buffer. `bytes` is replaced when it grows: read it anew after a call that may write. */
export class ByteWriter {
  bytes: Buffer;
  length = 0;

  readonly #spares: SpareBuffers | null;

  constructor(initialBytes: number, spares: SpareBuffers | null = null) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
    this.#spares = spares;
  }

  /** Makes room for `extraBytes` more. */
  reserve(extraBytes: number): void {
    const needed = this.length + extraBytes;
    if (needed <= this.bytes.length) return;
    const size = Math.max(this.bytes.length * 2, Math.ceil(needed / PAGE_BYTES) * PAGE_BYTES);
    const grown = this.#spares === null ? Buffer.allocUnsafeSlow(size) : this.#spares.take(size);
    this.bytes.copy(grown, 0, 0, this.length);
    this.#spares?.give(this.bytes);
    this.bytes = grown;
  }

  /** Nobody needs its bytes any more. */
  release(): void {
    this.#spares?.give(this.bytes);
    this.bytes = NOTHING;
    this.length = 0;
  }

  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

const NOTHING = Buffer.alloc(0);
const TAB = 9;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BACKSLASH = 92;
/** Below this length a loop is quicker than the call of a native copy. */
const SHORT_BYTES = 24;

/** Copies bytes that need no escape. The room must have been reserved. */
export function copyPlain(target: Buffer, at: number, source: Buffer, start: number, end: number): number {
  if (end - start > SHORT_BYTES) {
    source.copy(target, at, start, end);
    return at + end - start;
  }
  for (let i = start; i < end; i++) target[at++] = source[i] as number;
  return at;
}

/** How many bytes `copyEscaped` adds. */
export function countEscapes(source: Buffer, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    const byte = source[i] as number;
    if (byte === BACKSLASH || byte === NEWLINE || byte === TAB || byte === CARRIAGE_RETURN) count++;
  }
  return count;
}

/** Copies with TabSeparated's escapes; twice the length must have been reserved. */
export function copyEscaped(target: Buffer, at: number, source: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = source[i] as number;
    if (byte > BACKSLASH || (byte > CARRIAGE_RETURN && byte < BACKSLASH)) {
      target[at++] = byte;
    } else if (byte === BACKSLASH) {
      target[at++] = BACKSLASH;
      target[at++] = BACKSLASH;
    } else if (byte === NEWLINE) {
      target[at++] = BACKSLASH;
      target[at++] = 110; // n
    } else if (byte === TAB) {
      target[at++] = BACKSLASH;
      target[at++] = 116; // t
    } else if (byte === CARRIAGE_RETURN) {
      target[at++] = BACKSLASH;
      target[at++] = 114; // r
    } else {
      target[at++] = byte;
    }
  }
  return at;
}
