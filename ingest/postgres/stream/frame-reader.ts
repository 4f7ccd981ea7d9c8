import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';

/**
 * Takes one backend message: its type byte, and its body at `bytes[start, end)`. Bytes are valid during the call only.
 * A promise stops the reader until `resume` is called.
 */
export type FrameHandler = (type: number, bytes: Buffer, start: number, end: number) => Promise<void> | null;

const HEADER_BYTES = 5;
/** Postgres itself refuses messages of 1 GiB and more. */
const MAX_FRAME_BYTES = 0x4000_0000;
const KEEP_BYTES = 1 << 20;

/**
 * Cuts a byte stream into backend messages (https://www.postgresql.org/docs/18/protocol-message-formats.html) without
 * copying, except for a message that is spread over chunks.
 */
export class FrameReader {
  readonly #handle: FrameHandler;
  #chunk: Buffer = Buffer.alloc(0);
  #offset = 0;
  #partial: Buffer = Buffer.alloc(4096);
  #partialBytes = 0;

  constructor(handle: FrameHandler) {
    this.#handle = handle;
  }

  /** Reads a chunk; the one before must have been read to its end. A promise: wait for it, then call `resume`. */
  push(chunk: Buffer): Promise<void> | null {
    this.#chunk = chunk;
    this.#offset = 0;
    return this.resume();
  }

  /** False while the handler has stopped the reader inside a chunk. */
  get isDone(): boolean {
    return this.#chunk.length === 0;
  }

  /** Goes on with the chunk after the handler had stopped the reader. */
  resume(): Promise<void> | null {
    const chunk = this.#chunk;
    while (this.#offset < chunk.length) {
      if (this.#partialBytes > 0) {
        if (!this.#completePartial()) break;
        const bytes = this.#partial;
        const end = this.#partialBytes;
        this.#partialBytes = 0;
        if (bytes.length > KEEP_BYTES) this.#partial = Buffer.alloc(4096);
        const stop = this.#handle(bytes[0]!, bytes, HEADER_BYTES, end);
        if (stop !== null) return stop;
        continue;
      }
      const start = this.#offset;
      const available = chunk.length - start;
      if (available < HEADER_BYTES) {
        this.#keep(available);
        break;
      }
      const frameBytes = frameLength(chunk, start);
      if (available < frameBytes) {
        this.#keep(available);
        break;
      }
      this.#offset = start + frameBytes;
      const stop = this.#handle(chunk[start]!, chunk, start + HEADER_BYTES, start + frameBytes);
      if (stop !== null) return stop;
    }
    this.#chunk = EMPTY;
    this.#offset = 0;
    return null;
  }

  #completePartial(): boolean {
    if (this.#partialBytes < HEADER_BYTES) {
      this.#keep(Math.min(HEADER_BYTES - this.#partialBytes, this.#chunk.length - this.#offset));
      if (this.#partialBytes < HEADER_BYTES) return false;
    }
    const frameBytes = frameLength(this.#partial, 0);
    this.#keep(Math.min(frameBytes - this.#partialBytes, this.#chunk.length - this.#offset), frameBytes);
    return this.#partialBytes === frameBytes;
  }

  /** `frameBytes`: most that the message will need, where that is known. */
  #keep(count: number, frameBytes = Number.POSITIVE_INFINITY): void {
    const needed = this.#partialBytes + count;
    if (needed > this.#partial.length) {
      // Doubling up to the announced length: a wrong length must not allocate what never arrives.
      const grown = Buffer.allocUnsafe(Math.max(needed, Math.min(this.#partial.length * 2, frameBytes)));
      this.#partial.copy(grown, 0, 0, this.#partialBytes);
      this.#partial = grown;
    }
    this.#chunk.copy(this.#partial, this.#partialBytes, this.#offset, this.#offset + count);
    this.#partialBytes = needed;
    this.#offset += count;
  }
}

const EMPTY = Buffer.alloc(0);

function frameLength(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at + 1);
  if (length < 4 || length > MAX_FRAME_BYTES) {
    throw new MillraceError(INGEST_ERRORS.protocolViolation, `a message announces a length of ${length}`);
  }
  return length + 1;
}
