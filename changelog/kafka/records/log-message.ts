import type { FetchedMessage } from '../client/kafka-client.ts';
import type { LogBatch } from './log-batch.ts';
import { readVarint, varintEnd } from './varint.ts';

/** One record, where it lies in its batch: its parts are cut out when they are asked for. */
export class LogMessage implements FetchedMessage {
  readonly #batch: LogBatch;
  readonly #index: number;
  /** Of the header that was read last, and what is behind it; its value has -1 bytes where it has none. */
  #nameStart = 0;
  #nameEnd = 0;
  #headerLength = -1;
  #at = 0;

  constructor(batch: LogBatch, index: number) {
    this.#batch = batch;
    this.#index = index;
  }

  get offset(): bigint {
    return this.#batch.offset(this.#index);
  }

  get timestampMs(): number {
    return this.#batch.timestampMs(this.#index);
  }

  get key(): Buffer | null {
    const end = this.#batch.keyEnd(this.#index);
    return end < 0 ? null : this.#batch.bytes.subarray(this.#batch.keyStart(this.#index), end);
  }

  get value(): Buffer | null {
    const end = this.#batch.valueEnd(this.#index);
    return end < 0 ? null : this.#batch.bytes.subarray(this.#batch.valueStart(this.#index), end);
  }

  get valueBytes(): number {
    return this.#batch.valueBytes(this.#index);
  }

  get headers(): Readonly<Record<string, Buffer>> {
    const { bytes } = this.#batch;
    const headers: Record<string, Buffer> = {};
    for (let left = this.#openHeaders(); left > 0; left--) {
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
    for (let left = this.#openHeaders(); left > 0; left--) {
      this.#readHeader();
      if (this.#headerLength >= 0 && isNamed(name, bytes, this.#nameStart, this.#nameEnd)) {
        found = bytes.subarray(this.#at - this.#headerLength, this.#at);
      }
    }
    return found;
  }

  /** Goes in front of the first header; returns how many there are. */
  #openHeaders(): number {
    const start = this.#batch.headersStart(this.#index);
    this.#at = varintEnd(this.#batch.bytes, start);
    return readVarint(this.#batch.bytes, start);
  }

  /** Reads the header at `#at` and goes behind it. */
  #readHeader(): void {
    const { bytes } = this.#batch;
    this.#nameStart = varintEnd(bytes, this.#at);
    this.#nameEnd = this.#nameStart + readVarint(bytes, this.#at);
    this.#headerLength = readVarint(bytes, this.#nameEnd);
    this.#at = varintEnd(bytes, this.#nameEnd) + Math.max(0, this.#headerLength);
    if (this.#at > this.#batch.end(this.#index)) throw new RangeError('headers that are cut off');
  }
}

/** Whether a header's name, at `bytes[start, end)`, is this one. */
export function isNamed(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== name.length) return false;
  // From the end: names have a common beginning.
  for (let i = name.length - 1; i >= 0; i--) if (bytes[start + i] !== name[i]) return false;
  return true;
}
