import { formatLsn } from '../../../changelog/lsn.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';

/**
 * Where the stream stands in what was handed over to the log. It outlives connections: after a reconnect the source
 * sends again what is not durable yet, and of that the log already has whole transactions and perhaps a part of one.
 * The same transaction decodes to the same messages, so the log is given the rest only and never sees a seam.
 */
export class TransactionCursor {
  /** No transaction that committed at this position or before is handed over again. */
  #handedCommitLsn = -1n;
  #handedEndLsn = 0n;
  /** An earlier run had everything before it durable. */
  #resumedLsn = 0n;
  /** The transaction that the log has a part of, and how many messages of it. */
  #openCommitLsn: bigint | null = null;
  #openMessages = 0;
  /** Messages to pass over in the transaction being read. */
  #skip = 0;
  #skipAll = false;
  #reading = false;

  /** Everything before this position was handed over. */
  get handedEndLsn(): bigint {
    return this.#handedEndLsn;
  }

  /** True between Begin and Commit of this connection. */
  get inTransaction(): boolean {
    return this.#reading;
  }

  /** True in a transaction of which the log has everything. */
  get isPassingOver(): boolean {
    return this.#reading && this.#skipAll;
  }

  /** True while the log waits for the rest of a transaction. */
  get isOpen(): boolean {
    return this.#openCommitLsn !== null;
  }

  /** How many changes of the open transaction were handed over, or passed over; the same whenever it is sent. */
  get ordinal(): number {
    return this.#openMessages;
  }

  /** An earlier run made every transaction durable that committed before `lsn`: they are passed over. */
  resume(lsn: bigint): void {
    if (lsn > this.#resumedLsn) this.#resumedLsn = lsn;
    if (lsn <= this.#handedEndLsn) return;
    this.#handedEndLsn = lsn;
    this.#handedCommitLsn = lsn - 1n;
  }

  /** What is durable in all, `logLsn` of it in this run: the log knows nothing of what it was not handed. */
  durableLsn(logLsn: bigint): bigint {
    return logLsn > this.#resumedLsn ? logLsn : this.#resumedLsn;
  }

  /** A new connection starts between transactions. */
  reconnect(): void {
    this.#reading = false;
    this.#skip = 0;
    this.#skipAll = false;
  }

  /** True when the log has to be told of the transaction. */
  begin(commitLsn: bigint): boolean {
    this.#reading = true;
    this.#skip = 0;
    this.#skipAll = commitLsn <= this.#handedCommitLsn;
    if (this.#skipAll) {
      this.#skip = Number.MAX_SAFE_INTEGER;
      return false;
    }
    if (this.#openCommitLsn === null) {
      this.#openCommitLsn = commitLsn;
      this.#openMessages = 0;
      return true;
    }
    if (this.#openCommitLsn !== commitLsn) {
      throw new MillraceError(
        INGEST_ERRORS.streamDiverged,
        `expected the rest of the transaction at ${formatLsn(this.#openCommitLsn)}, got ${formatLsn(commitLsn)}`,
      );
    }
    this.#skip = this.#openMessages;
    return false;
  }

  /** Once per change; true when the log does not have it yet. */
  next(): boolean {
    if (this.#skip > 0) {
      this.#skip--;
      return false;
    }
    this.#openMessages++;
    return true;
  }

  /** The change that `next` was last asked for is not handed over after all; it will be asked for again. */
  undo(): void {
    this.#openMessages--;
  }

  /** True when the log has to be told of the commit. */
  commit(endLsn: bigint): boolean {
    this.#reading = false;
    if (this.#skipAll) return false;
    this.#handedCommitLsn = this.#openCommitLsn ?? this.#handedCommitLsn;
    this.#openCommitLsn = null;
    this.advance(endLsn);
    return true;
  }

  /** Outside a transaction: the source has nothing before this position. */
  advance(lsn: bigint): void {
    if (lsn > this.#handedEndLsn) this.#handedEndLsn = lsn;
  }
}
