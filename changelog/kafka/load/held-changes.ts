import type { LogBatch } from '../records/log-batch.ts';
import { VersionWords } from './version-words.ts';

/** Words of a version, as they stand behind each other. */
const WORDS = 4;
const INITIAL_CHANGES = 256;

/**
 * Changes of one partition that were read and not taken, by version: numbers beside each other, and no object for each. Those
 * that are due are taken from the front.
 */
export class HeldChanges {
  /** Of the values that are not due. */
  bytes = 0;
  /** The version of the first. */
  readonly first = new VersionWords();
  #from = 0;
  #due = 0;
  #to = 0;
  #batches: LogBatch[] = [];
  #indexes = new Int32Array(INITIAL_CHANGES);
  #words = new Uint32Array(INITIAL_CHANGES * WORDS);
  /** A publisher sent what was there before: the offsets are in another order than the versions. */
  #isMixed = false;
  #isSorted = true;
  readonly #other = new VersionWords();

  get isEmpty(): boolean {
    return this.#from === this.#to;
  }

  /** Whether the first is due. */
  get isDue(): boolean {
    return this.#from < this.#due;
  }

  add(batch: LogBatch, index: number, version: VersionWords): void {
    if (this.#to === this.#indexes.length) this.#makeRoom();
    if (this.#to > this.#from && this.#isBelowLast(version)) {
      this.#isMixed = true;
      this.#isSorted = false;
    }
    this.#batches[this.#to] = batch;
    this.#indexes[this.#to] = index;
    this.#setWords(this.#to, version);
    this.#to++;
    this.bytes += batch.valueBytes(index);
  }

  /** Those up to this version are due. */
  release(through: VersionWords): void {
    if (!this.#isSorted) this.#sort();
    let due = this.#to;
    let bytes = 0;
    for (; due > this.#due && this.#versionAt(due - 1).compare(through) > 0; due--) bytes += this.#bytesAt(due - 1);
    this.#due = due;
    this.bytes = bytes;
    if (this.isDue) this.first.take(this.#versionAt(this.#from));
  }

  /** The first: only while there is one. */
  get batch(): LogBatch {
    return this.#batches[this.#from] as LogBatch;
  }

  get index(): number {
    return this.#indexes[this.#from] as number;
  }

  /** The first is taken. */
  shift(): void {
    this.#from++;
    if (this.#from < this.#due) this.first.take(this.#versionAt(this.#from));
    else this.#close();
  }

  /** The lowest that is held; null when none is. */
  offset(): bigint | null {
    if (this.isEmpty) return null;
    let lowest = this.batch.offset(this.index);
    for (let i = this.#from + 1; this.#isMixed && i < this.#to; i++) {
      const offset = (this.#batches[i] as LogBatch).offset(this.#indexes[i] as number);
      if (offset < lowest) lowest = offset;
    }
    return lowest;
  }

  /** What was taken leaves nothing behind. */
  #close(): void {
    const { length } = this.#batches;
    this.#batches = this.#batches.slice(this.#from, length);
    this.#indexes.copyWithin(0, this.#from, this.#to);
    this.#words.copyWithin(0, this.#from * WORDS, this.#to * WORDS);
    this.#to -= this.#from;
    this.#due = 0;
    this.#from = 0;
    if (this.#to === 0) this.#isMixed = false;
  }

  #makeRoom(): void {
    const indexes = new Int32Array(this.#indexes.length * 2);
    indexes.set(this.#indexes);
    this.#indexes = indexes;
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }

  #sort(): void {
    const order = Array.from({ length: this.#to - this.#from }, (_, i) => this.#from + i);
    const versions = order.map((i) => {
      const version = new VersionWords();
      version.take(this.#versionAt(i));
      return version;
    });
    const at = (i: number): VersionWords => versions[i - this.#from] as VersionWords;
    order.sort((a, b) => at(a).compare(at(b)));
    const batches = order.map((i) => this.#batches[i] as LogBatch);
    const indexes = order.map((i) => this.#indexes[i] as number);
    const sorted = order.map(at);
    for (const [n, batch] of batches.entries()) {
      this.#batches[this.#from + n] = batch;
      this.#indexes[this.#from + n] = indexes[n] as number;
      this.#setWords(this.#from + n, sorted[n] as VersionWords);
    }
    this.#isSorted = true;
  }

  #setWords(i: number, { epoch, lsnUpper, lsnLower, ordinal }: VersionWords): void {
    const at = i * WORDS;
    this.#words[at] = epoch;
    this.#words[at + 1] = lsnUpper;
    this.#words[at + 2] = lsnLower;
    this.#words[at + 3] = ordinal;
  }

  #isBelowLast(version: VersionWords): boolean {
    return version.compare(this.#versionAt(this.#to - 1)) < 0;
  }

  /** Valid until the next call. */
  #versionAt(i: number): VersionWords {
    const at = i * WORDS;
    const words = this.#words;
    const version = this.#other;
    version.epoch = words[at] as number;
    version.lsnUpper = words[at + 1] as number;
    version.lsnLower = words[at + 2] as number;
    version.ordinal = words[at + 3] as number;
    return version;
  }

  #bytesAt(i: number): number {
    return (this.#batches[i] as LogBatch).valueBytes(this.#indexes[i] as number);
  }
}
