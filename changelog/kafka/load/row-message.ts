import type { RowVersion } from '../../destination.ts';
import type { MessageParts } from '../envelope/row-reader.ts';
import { HEADER_NAME } from '../publish/record-writer.ts';
import type { LogBatch } from '../records/log-batch.ts';
import { isNamed } from '../records/log-message.ts';
import { readVarint, varintEnd } from '../records/varint.ts';
import { VersionWords } from './version-words.ts';

const NOTHING = Buffer.alloc(0);
const VERSION = HEADER_NAME.version;
const RELATION = HEADER_NAME.relation;
const EXCEPTIONS = HEADER_NAME.exceptions;
const OLD_KEY = HEADER_NAME.oldKey;
const OLD_EXCEPTIONS = HEADER_NAME.oldExceptions;
const NEW_KEY = HEADER_NAME.newKey;
const VERSION_NAME_BYTES = VERSION.length;
const VERSION_BYTES = 16;
/** Of a part that the message has not. */
const NONE = -1;

/** A message of a table's topic, where its parts lie. To be used again and again: hot path. */
export class RowMessage implements MessageParts {
  bytes: Buffer = NOTHING;
  valueStart = 0;
  valueEnd = NONE;
  keyStart = 0;
  keyEnd = NONE;
  exceptionsStart = 0;
  exceptionsEnd = NONE;
  oldKeyStart = 0;
  oldKeyEnd = NONE;
  oldExceptionsStart = 0;
  oldExceptionsEnd = NONE;
  readonly words = new VersionWords();
  #versionStart = 0;
  #relationStart = 0;
  #relationEnd = 0;
  readonly #version: RowVersion = { epoch: 0, commitLsn: 0n, ordinal: 0 };
  /** Of `commitLsn`, which is the same in all changes of a transaction. */
  #lsnUpper = 0;
  #lsnLower = 0;

  /**
   * False for a message that says nothing of its own: a tombstone, and the first half of a changed key, since the second half
   * says both. Throws a RangeError for one that is not ours.
   */
  read(batch: LogBatch, index: number): boolean {
    this.#open(batch, index);
    const { bytes } = batch;
    let versionEnd = NONE;
    let relationEnd = NONE;
    let isHalf = false;
    let at = batch.headersStart(index);
    const end = batch.end(index);
    let left = readVarint(bytes, at);
    for (at = varintEnd(bytes, at); left > 0; left--) {
      const nameStart = varintEnd(bytes, at);
      const nameEnd = nameStart + readVarint(bytes, at);
      const length = readVarint(bytes, nameEnd);
      const start = varintEnd(bytes, nameEnd);
      at = start + (length < 0 ? 0 : length);
      if (at > end) throw new RangeError('headers that are cut off');
      if (length < 0) continue;
      if (isNamed(VERSION, bytes, nameStart, nameEnd)) {
        this.#versionStart = start;
        versionEnd = at;
      } else if (isNamed(RELATION, bytes, nameStart, nameEnd)) {
        this.#relationStart = start;
        relationEnd = at;
      } else if (isNamed(EXCEPTIONS, bytes, nameStart, nameEnd)) {
        this.exceptionsStart = start;
        this.exceptionsEnd = at;
      } else if (isNamed(OLD_KEY, bytes, nameStart, nameEnd)) {
        this.oldKeyStart = start;
        this.oldKeyEnd = at;
      } else if (isNamed(OLD_EXCEPTIONS, bytes, nameStart, nameEnd)) {
        this.oldExceptionsStart = start;
        this.oldExceptionsEnd = at;
      } else if (isNamed(NEW_KEY, bytes, nameStart, nameEnd)) {
        isHalf = true;
      }
    }
    if (versionEnd < 0 || relationEnd < 0) throw new RangeError('not a message of Millrace');
    if (versionEnd - this.#versionStart !== VERSION_BYTES) {
      throw new RangeError(`a version of ${versionEnd - this.#versionStart} bytes`);
    }
    this.#relationEnd = relationEnd;
    this.words.read(bytes, this.#versionStart);
    return this.valueEnd >= 0 && !isHalf;
  }

  /** The same for one that was read before, and is one that says something. */
  readAgain(batch: LogBatch, index: number): void {
    const { bytes } = batch;
    const at = batch.headersStart(index);
    if (readVarint(bytes, at) !== 2) {
      this.read(batch, index);
      return;
    }
    this.#open(batch, index);
    // The two that every message has: their names have another length.
    const next = this.#readSure(bytes, varintEnd(bytes, at));
    this.#readSure(bytes, next);
    this.words.read(bytes, this.#versionStart);
  }

  #open(batch: LogBatch, index: number): void {
    this.bytes = batch.bytes;
    this.valueStart = batch.valueStart(index);
    this.valueEnd = batch.valueEnd(index);
    this.keyStart = batch.keyStart(index);
    this.keyEnd = batch.keyEnd(index);
    this.exceptionsEnd = NONE;
    this.oldKeyEnd = NONE;
    this.oldExceptionsEnd = NONE;
  }

  /** A header that is the version or the relation; returns where it ends. */
  #readSure(bytes: Buffer, at: number): number {
    const nameLength = readVarint(bytes, at);
    const nameEnd = varintEnd(bytes, at) + nameLength;
    const start = varintEnd(bytes, nameEnd);
    const end = start + readVarint(bytes, nameEnd);
    if (nameLength === VERSION_NAME_BYTES) {
      this.#versionStart = start;
    } else {
      this.#relationStart = start;
      this.#relationEnd = end;
    }
    return end;
  }

  /** Valid until the next message is read. */
  get version(): Readonly<RowVersion> {
    const version = this.#version;
    const { epoch, lsnUpper, lsnLower, ordinal } = this.words;
    if (lsnUpper !== this.#lsnUpper || lsnLower !== this.#lsnLower) {
      version.commitLsn = this.bytes.readBigUInt64BE(this.#versionStart + 4);
      this.#lsnUpper = lsnUpper;
      this.#lsnLower = lsnLower;
    }
    version.epoch = epoch;
    version.ordinal = ordinal;
    return version;
  }

  get relationId(): string {
    return this.bytes.toString('utf8', this.#relationStart, this.#relationEnd);
  }

  /** Whether the row is of this relation: its id's bytes. */
  isOf(relationId: Buffer): boolean {
    return isNamed(relationId, this.bytes, this.#relationStart, this.#relationEnd);
  }
}
