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

/** Of a record's numbers in `#places`: where its timestamp stands, its offset's difference, and its parts. */
const STRIDE = 7;
const TIMESTAMP = 0;
const OFFSET_DELTA = 1;
const KEY = 2;
const KEY_END = 3;
const VALUE = 4;
const VALUE_END = 5;
const END = 6;
/** Of a key or a value that is null. */
const NONE = -1;
/** A record without anything: its length, attributes, timestamp, offset, key, value, and no headers. */
const MIN_RECORD_BYTES = 7;

/** The records of one batch, from an offset on, where they lie: numbers, and no object for each. Indexes begin with 0. */
export class LogBatch {
  readonly bytes: Buffer;
  readonly count: number;
  readonly #facts: BatchFacts;
  readonly #places: Int32Array;

  /** The first `total` records; those below the offset are left out. Throws a RangeError where the bytes are not so many. */
  constructor(facts: BatchFacts, total: number, from: bigint) {
    const { bytes } = facts;
    if (total < 0 || total > bytes.length / MIN_RECORD_BYTES) throw new RangeError('a batch that is cut off');
    this.#facts = facts;
    this.bytes = bytes;
    const places = new Int32Array(total * STRIDE);
    this.#places = places;
    const least = Number(from - facts.baseOffset);
    let row = 0;
    for (let left = total, start = 0; left > 0; left--) {
      let at = varintEnd(bytes, start);
      const end = at + readVarint(bytes, start);
      const timestamp = at + 1; // Behind the attributes: none are defined.
      at = varintEnd(bytes, timestamp);
      const delta = readVarint(bytes, at);
      at = varintEnd(bytes, at);
      const keyLength = readVarint(bytes, at);
      const key = varintEnd(bytes, at);
      at = key + (keyLength < 0 ? 0 : keyLength);
      const valueLength = readVarint(bytes, at);
      const value = varintEnd(bytes, at);
      const headers = value + (valueLength < 0 ? 0 : valueLength);
      if (end > bytes.length || headers >= end) throw new RangeError('a record that is cut off');
      start = end;
      if (delta < least) continue;
      places[row + TIMESTAMP] = timestamp;
      places[row + OFFSET_DELTA] = delta;
      places[row + KEY] = key;
      places[row + KEY_END] = keyLength < 0 ? NONE : at;
      places[row + VALUE] = value;
      places[row + VALUE_END] = valueLength < 0 ? NONE : headers;
      places[row + END] = end;
      row += STRIDE;
    }
    this.count = row / STRIDE;
  }

  offset(index: number): bigint {
    return this.#facts.baseOffset + BigInt(this.#places[index * STRIDE + OFFSET_DELTA] as number);
  }

  timestampMs(index: number): number {
    const { appendTimestampMs, baseTimestampMs } = this.#facts;
    return appendTimestampMs ?? baseTimestampMs + readVarlong(this.bytes, this.#places[index * STRIDE] as number);
  }

  keyStart(index: number): number {
    return this.#places[index * STRIDE + KEY] as number;
  }

  /** -1 for no key. */
  keyEnd(index: number): number {
    return this.#places[index * STRIDE + KEY_END] as number;
  }

  valueStart(index: number): number {
    return this.#places[index * STRIDE + VALUE] as number;
  }

  /** -1 for no value. */
  valueEnd(index: number): number {
    return this.#places[index * STRIDE + VALUE_END] as number;
  }

  /** 0 for no value. */
  valueBytes(index: number): number {
    return Math.max(0, this.valueEnd(index) - this.valueStart(index));
  }

  /** Where the number of the headers stands. */
  headersStart(index: number): number {
    return Math.max(this.valueStart(index), this.valueEnd(index));
  }

  /** Where the record, and its headers, end. */
  end(index: number): number {
    return this.#places[index * STRIDE + END] as number;
  }
}
