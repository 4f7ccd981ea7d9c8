import type { FetchedMessage } from '../client/kafka-client.ts';
import { readVarint, readVarlong, varintEnd } from './varint.ts';

/** What the messages of one batch share. */
export interface BatchFacts {
  /** Their records behind each other, not compressed. */
  readonly bytes: Buffer;
  readonly baseOffset: bigint;
  readonly baseTimestampMs: number;
  /** The brokers' clock instead of each record's own: log append time. */
  readonly appendTimestampMs: number | null;
}

/**
 * One record, where it lies in its batch: its parts are cut out when they are asked for, since most are never. Throws a
 * RangeError where the bytes are no record.
 */
export class LogMessage implements FetchedMessage {
  readonly #batch: BatchFacts;
  readonly #offsetDelta: number;
  readonly #timestampDelta: number;
  readonly #keyStart: number;
  readonly #keyLength: number;
  readonly #valueStart: number;
  readonly #valueLength: number;
  readonly #headersStart: number;
  /** Where the next record begins. */
  readonly end: number;
  /** Of the header that was read last, and what is behind it; its value has -1 bytes where it has none. */
  #nameStart = 0;
  #nameEnd = 0;
  #headerLength = -1;
  #at = 0;

  constructor(batch: BatchFacts, start: number) {
    const { bytes } = batch;
    this.#batch = batch;
    let at = varintEnd(bytes, start);
    this.end = at + readVarint(bytes, start);
    at += 1; // attributes: none are defined
    this.#timestampDelta = readVarlong(bytes, at);
    at = varintEnd(bytes, at);
    this.#offsetDelta = readVarint(bytes, at);
    at = varintEnd(bytes, at);
    this.#keyLength = readVarint(bytes, at);
    this.#keyStart = varintEnd(bytes, at);
    at = this.#keyStart + Math.max(0, this.#keyLength);
    this.#valueLength = readVarint(bytes, at);
    this.#valueStart = varintEnd(bytes, at);
    this.#headersStart = this.#valueStart + Math.max(0, this.#valueLength);
    if (this.end > bytes.length || this.#headersStart >= this.end) throw new RangeError('a record that is cut off');
  }

  get offset(): bigint {
    return this.#batch.baseOffset + BigInt(this.#offsetDelta);
  }

  get timestampMs(): number {
    return this.#batch.appendTimestampMs ?? this.#batch.baseTimestampMs + this.#timestampDelta;
  }

  get key(): Buffer | null {
    if (this.#keyLength < 0) return null;
    return this.#batch.bytes.subarray(this.#keyStart, this.#keyStart + this.#keyLength);
  }

  get value(): Buffer | null {
    if (this.#valueLength < 0) return null;
    return this.#batch.bytes.subarray(this.#valueStart, this.#valueStart + this.#valueLength);
  }

  get valueBytes(): number {
    return Math.max(0, this.#valueLength);
  }

  get headers(): Readonly<Record<string, Buffer>> {
    const { bytes } = this.#batch;
    const headers: Record<string, Buffer> = {};
    this.#at = varintEnd(bytes, this.#headersStart);
    for (let left = readVarint(bytes, this.#headersStart); left > 0; left--) {
      this.#readHeader();
      if (this.#headerLength < 0) continue;
      const name = bytes.toString('utf8', this.#nameStart, this.#nameEnd);
      headers[name] = bytes.subarray(this.#at - this.#headerLength, this.#at);
    }
    return headers;
  }

  header(name: Buffer): Buffer | undefined {
    const { bytes } = this.#batch;
    let found: Buffer | undefined;
    this.#at = varintEnd(bytes, this.#headersStart);
    for (let left = readVarint(bytes, this.#headersStart); left > 0; left--) {
      this.#readHeader();
      if (this.#headerLength >= 0 && isEqual(name, bytes, this.#nameStart, this.#nameEnd)) {
        found = bytes.subarray(this.#at - this.#headerLength, this.#at);
      }
    }
    return found;
  }

  /** Reads the header at `#at` and goes behind it. */
  #readHeader(): void {
    const { bytes } = this.#batch;
    this.#nameStart = varintEnd(bytes, this.#at);
    this.#nameEnd = this.#nameStart + readVarint(bytes, this.#at);
    this.#headerLength = readVarint(bytes, this.#nameEnd);
    this.#at = varintEnd(bytes, this.#nameEnd) + Math.max(0, this.#headerLength);
    if (this.#at > this.end) throw new RangeError('headers that are cut off');
  }
}

function isEqual(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== name.length) return false;
  // From the end: names have a common beginning.
  for (let i = name.length - 1; i >= 0; i--) if (bytes[start + i] !== name[i]) return false;
  return true;
}
