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
    this.#eachHeader((nameStart, nameEnd, valueStart, valueEnd) => {
      headers[bytes.toString('utf8', nameStart, nameEnd)] = bytes.subarray(valueStart, valueEnd);
    });
    return headers;
  }

  header(name: Buffer): Buffer | undefined {
    const { bytes } = this.#batch;
    let found: Buffer | undefined;
    this.#eachHeader((nameStart, nameEnd, valueStart, valueEnd) => {
      if (isEqual(name, bytes, nameStart, nameEnd)) found = bytes.subarray(valueStart, valueEnd);
    });
    return found;
  }

  #eachHeader(each: (nameStart: number, nameEnd: number, valueStart: number, valueEnd: number) => void): void {
    const { bytes } = this.#batch;
    let at = varintEnd(bytes, this.#headersStart);
    for (let left = readVarint(bytes, this.#headersStart); left > 0; left--) {
      const nameStart = varintEnd(bytes, at);
      const nameEnd = nameStart + readVarint(bytes, at);
      const valueStart = varintEnd(bytes, nameEnd);
      const valueLength = readVarint(bytes, nameEnd);
      at = valueStart + Math.max(0, valueLength);
      if (at > this.end) throw new RangeError('headers that are cut off');
      if (valueLength >= 0) each(nameStart, nameEnd, valueStart, at);
    }
  }
}

function isEqual(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== name.length) return false;
  // From the end: names have a common beginning.
  for (let i = name.length - 1; i >= 0; i--) if (bytes[start + i] !== name[i]) return false;
  return true;
}
