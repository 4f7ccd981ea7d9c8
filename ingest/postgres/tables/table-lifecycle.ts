import { randomUUID } from 'node:crypto';
import type { Relation } from '../../../changelog/change.ts';
import type { TableFailure } from '../../../changelog/table-failure.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import type { StopReason } from '../../stop-reason.ts';
import { type TableBook, type TableRebuild, type TableStop, toBeRebuilt } from '../snapshot/snapshot-book.ts';
import type { CaptureMemory } from './capture-memory.ts';
import { qualifiedName } from './table-filter.ts';

/** The stream's side of it: what is done with a relation's rows from now on. */
export interface StreamedRelations {
  /** Null: the rows are passed over. */
  assign(oid: number, relation: Relation | null): void;
}

/**
 * Moves of a table between its states (the README draws them). Each is written down; `pause`, `resume` and `resync`
 * resolve when that is durable. Throws INGEST_TABLE_UNKNOWN for a table that was never captured.
 */
export class TableLifecycle {
  readonly #memory: CaptureMemory;
  readonly #logger: Logger;
  /** Of the connection that streams now. */
  stream: StreamedRelations | null = null;
  /** Called when a table is to be built anew. */
  onRebuild: () => void = () => {};

  constructor(options: { memory: CaptureMemory; logger: Logger }) {
    this.#memory = options.memory;
    this.#logger = options.logger;
  }

  /** Its rows are passed over from now on. */
  async pause(name: string): Promise<void> {
    const { code, remedy } = INGEST_ERRORS.tablePaused;
    await this.#stop(name, { kind: 'paused', code, detail: '', remedy, since: now() });
  }

  /** Takes a paused table in again: it is built anew, since its changes were passed over. */
  async resume(name: string): Promise<void> {
    const book = this.#bookOf(name);
    if (book.stop === null) return;
    this.rebuild(name, { reason: '', keepsOld: false });
    await this.#memory.save();
  }

  /**
   * Builds the table anew from the source; its replica is readable, and follows where it did and was whole, until they are
   * exchanged.
   */
  async resync(name: string): Promise<void> {
    const book = this.#bookOf(name);
    // Before the end of its first copy the replica lacks rows, and what the stream leaves out cannot be taken from it.
    const isWhole = book.rebuild === null ? book.complete : book.rebuild.keepsOld;
    this.rebuild(name, { reason: '', keepsOld: book.stop === null && !book.left && isWhole });
    await this.#memory.save();
  }

  /** What the log says of a table: built anew where that mends it, else its rows are passed over. */
  async fail(name: string, failure: TableFailure): Promise<void> {
    if (this.#memory.tables[name] === undefined) return;
    if (failure.isMendedByResync) {
      this.rebuild(name, { reason: failure.code, keepsOld: false });
      await this.#memory.save();
    } else {
      await this.quarantine(name, failure);
    }
  }

  /** The table cannot go on; the others do. */
  async quarantine(name: string, error: StopReason): Promise<void> {
    const { code, message, remedy } = error;
    await this.#stop(name, { kind: 'quarantined', code, detail: message, remedy, since: now() });
  }

  /** As `fail`, for a relation. */
  failRelation(relation: Relation, failure: TableFailure): Promise<void> {
    return this.fail(qualifiedName(relation), failure);
  }

  /** Not durable by itself: the build begins, and rows are passed over, only after the next save. */
  rebuild(name: string, { reason, keepsOld }: { reason: string; keepsOld: boolean }): void {
    const book = this.#bookOf(name);
    this.#memory.setTable(name, toBeRebuilt(book, { id: randomUUID(), keepsOld, reason, since: now() }));
    this.#logger.info({ table: name, code: reason || undefined, keepsOld }, 'table will be built anew');
    this.onRebuild();
  }

  /** Gives a build that is about to begin an id of its own: what has that id, has the shape that it begins in. */
  renameBuild(name: string, rebuild: TableRebuild): TableRebuild {
    const renamed = { ...rebuild, id: randomUUID() };
    this.#memory.setTable(name, { ...this.#bookOf(name), rebuild: renamed });
    return renamed;
  }

  /**
   * The table is locked, and what is on its way may wait for its copy: built anew when the lock is gone (`release`).
   * Resolves when it is written down: nothing waits any more.
   */
  async hold(name: string): Promise<void> {
    const book = this.#bookOf(name);
    const { code: reason, remedy } = INGEST_ERRORS.tableLocked;
    const keepsOld = book.rebuild?.keepsOld ?? false;
    this.#memory.setTable(name, toBeRebuilt(book, { id: randomUUID(), keepsOld, reason, since: now(), isHeld: true }));
    await this.#memory.save();
    this.#logger.warn({ table: name, code: reason, remedy }, 'table is built anew when its lock is gone');
  }

  /** A table that was held can be opened. Its build begins after this is written down. */
  async release(name: string): Promise<void> {
    const book = this.#bookOf(name);
    if (book.rebuild?.isHeld !== true) return;
    const { isHeld: _, ...rebuild } = book.rebuild;
    this.#memory.setTable(name, { ...book, rebuild });
    await this.#memory.save();
    this.onRebuild();
  }

  async #stop(name: string, stop: TableStop): Promise<void> {
    const book = this.#bookOf(name);
    this.#memory.setTable(name, { ...book, complete: false, copy: null, rebuild: null, stop });
    await this.#memory.save();
    failpoint('ingest.table-stopped');
    this.stream?.assign(book.oid, null);
    this.#logger.warn({ table: name, code: stop.code, detail: stop.detail, remedy: stop.remedy }, `table ${stop.kind}`);
  }

  #bookOf(name: string): TableBook {
    const book = this.#memory.tables[name];
    if (book === undefined) throw new MillraceError(INGEST_ERRORS.tableUnknown, name);
    return book;
  }
}

function now(): string {
  return new Date().toISOString();
}
