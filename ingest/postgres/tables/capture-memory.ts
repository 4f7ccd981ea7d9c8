import { randomUUID } from 'node:crypto';
import type { CaptureState, SourceLog } from '../../../changelog/change-log.ts';
import { formatLsn, parseLsn } from '../../../changelog/lsn.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import type { KnownSlot, SystemFacts } from '../slot/slot.ts';
import {
  isBehind,
  isToCopy,
  readBook,
  type SnapshotBook,
  type TableBook,
  toBeRebuilt,
} from '../snapshot/snapshot-book.ts';
import type { PrintedTypes } from './printed-types.ts';

/** WAL that may be confirmed before the limit has to be written down again. */
const CONFIRM_AHEAD_BYTES = 64n << 20n;

/** The state of one source's capture: kept here, saved through the log, one save at a time. */
export class CaptureMemory {
  readonly #log: Pick<SourceLog, 'saveState'>;
  #state: CaptureState | null;
  #book: SnapshotBook | null;
  #savedLimitLsn: bigint;
  #saving: Promise<void> | null = null;
  #queued: Promise<void> | null = null;
  #isChanged = false;
  /** What was asked for before the log was opened: only then are its positions left behind. */
  #resync: string | null;

  constructor(log: Pick<SourceLog, 'saveState' | 'state'>) {
    this.#log = log;
    this.#state = log.state;
    this.#book = readBook(log.state?.snapshot ?? null);
    this.#resync = this.#book?.resync ?? null;
    if (log.state !== null && this.#book === null) {
      throw new MillraceError(INGEST_ERRORS.stateUnreadable, 'the saved capture state is of another format');
    }
    this.#savedLimitLsn = this.#book === null ? 0n : parseLsn(this.#book.confirmLimitLsn);
  }

  /** What decides about the slot; null on a first run. */
  get known(): (KnownSlot & { readonly timeline: number | null }) | null {
    const book = this.#book;
    if (book === null) return null;
    return {
      systemId: book.systemId,
      confirmLimitLsn: this.#savedLimitLsn,
      timeline: book.timeline ?? null,
      resync: this.#resync,
    };
  }

  get consistentLsn(): bigint | null {
    return this.#state?.consistentLsn ?? null;
  }

  get tables(): Readonly<Record<string, TableBook>> {
    return this.#book?.tables ?? {};
  }

  /** First state of a source; durable when it resolves. */
  async start(system: Pick<SystemFacts, 'systemId' | 'timeline'>, snapshotLsn: bigint): Promise<void> {
    this.#begin({ system, snapshotLsn, epoch: 1, tables: {} });
    await this.save();
  }

  /**
   * The source begins anew behind another slot, whose positions have nothing to do with the former ones: the epoch goes
   * up, and every table that is captured is built anew beside its replica. Durable when it resolves.
   */
  async restart(system: Pick<SystemFacts, 'systemId' | 'timeline'>, snapshotLsn: bigint): Promise<void> {
    const reason = this.#book?.resync ?? '';
    const since = new Date().toISOString();
    const tables = Object.entries(this.tables).map(([name, table]) => {
      if (table.stop?.kind === 'paused') return [name, table] as const;
      return [name, toBeRebuilt(table, { id: randomUUID(), keepsOld: false, reason, since })] as const;
    });
    const epoch = (this.#state?.epoch ?? 0) + 1;
    this.#begin({ system, snapshotLsn, epoch, tables: Object.fromEntries(tables) });
    await this.save();
  }

  #begin(options: {
    system: Pick<SystemFacts, 'systemId' | 'timeline'>;
    snapshotLsn: bigint;
    epoch: number;
    tables: Record<string, TableBook>;
  }): void {
    const { system, snapshotLsn, epoch, tables } = options;
    const { systemId, timeline } = system;
    this.#state = { epoch, snapshotLsn, consistentLsn: null, snapshot: null };
    const confirmLimitLsn = formatLsn(snapshotLsn + CONFIRM_AHEAD_BYTES);
    this.#resync = null;
    this.#book = { format: 1, systemId, timeline, confirmLimitLsn, tables };
  }

  /**
   * The source will be copied anew, also after a crash: by whoever opens the log next and reads the state. Connections of
   * this opening go on as before. Durable when it resolves.
   */
  async requestResync(reason: string): Promise<void> {
    if (this.#book === null) return; // Nothing was captured yet.
    this.#book = { ...this.#book, resync: reason };
    await this.save();
    failpoint('ingest.resync-written-down');
  }

  /** The server is on this timeline now, and has all that we hold. Not durable by itself. */
  setTimeline(timeline: number): void {
    if (this.#book === null || this.#book.timeline === timeline) return;
    this.#book = { ...this.#book, timeline };
    this.#isChanged = true;
  }

  setTable(name: string, table: TableBook): void {
    if (this.#book === null) throw new Error('setTable before start');
    this.#book = { ...this.#book, tables: { ...this.#book.tables, [name]: table } };
    this.#isChanged = true;
  }

  get types(): PrintedTypes {
    return this.#book?.types ?? {};
  }

  /** Save it together with the tables that are built anew for it. */
  setTypes(types: PrintedTypes): void {
    if (this.#book === null) throw new Error('setTypes before start');
    this.#book = { ...this.#book, types };
    this.#isChanged = true;
  }

  /** False while a table of the first copy, or of a resync of the source, is still built beside its replica. */
  get isConsistentSoon(): boolean {
    return !Object.values(this.tables).some((table) => table.rebuild !== null && table.stop === null && !table.left);
  }

  setConsistent(lsn: bigint): void {
    // Until the last exchange some replicas are of another time than the others.
    if (this.#state?.consistentLsn === null && !this.isConsistentSoon) return;
    if (this.#state !== null) this.#state = { ...this.#state, consistentLsn: lsn };
  }

  /**
   * How far `durableLsn` may be confirmed: not beyond what is written down as possibly confirmed, so that after a crash
   * a slot that stands further is known to be another one. Raises the limit ahead of need.
   */
  confirmable(durableLsn: bigint, onError: (error: unknown) => void): bigint {
    if (
      durableLsn + (CONFIRM_AHEAD_BYTES >> 1n) > this.#savedLimitLsn &&
      this.#saving === null &&
      this.#book !== null
    ) {
      this.#book = { ...this.#book, confirmLimitLsn: formatLsn(durableLsn + CONFIRM_AHEAD_BYTES) };
      this.save().catch(onError);
    }
    return durableLsn < this.#savedLimitLsn ? durableLsn : this.#savedLimitLsn;
  }

  /** On a clean stop: exactly what was confirmed. */
  async close(confirmedLsn: bigint): Promise<void> {
    if (this.#book === null || confirmedLsn === 0n) return;
    this.#book = { ...this.#book, confirmLimitLsn: formatLsn(confirmedLsn) };
    await this.save();
  }

  /** Resolves when every table's entry is durable; writes only when one was set since the last save. */
  saveTables(): Promise<void> {
    return this.#isChanged ? this.save() : (this.#saving ?? Promise.resolve());
  }

  /** Resolves when the state as it is now is durable. Calls while a save runs share the next one. */
  save(): Promise<void> {
    if (this.#saving === null) return this.#write();
    this.#queued ??= this.#saving.then(
      () => this.#write(),
      () => this.#write(),
    );
    return this.#queued;
  }

  #write(): Promise<void> {
    this.#queued = null;
    this.#isChanged = false;
    const book = this.#book;
    if (this.#state === null || book === null) return Promise.resolve();
    const copying = Object.keys(book.tables).filter((name) => isToCopy(book.tables[name]!));
    const behind = Object.keys(book.tables).filter((name) => isBehind(book.tables[name]!));
    const write = this.#log.saveState({ ...this.#state, copying, behind, snapshot: book }).then(() => {
      this.#savedLimitLsn = parseLsn(book.confirmLimitLsn);
    });
    const settled = write.finally(() => {
      if (this.#saving === settled) this.#saving = null;
    });
    this.#saving = settled;
    return settled;
  }
}
