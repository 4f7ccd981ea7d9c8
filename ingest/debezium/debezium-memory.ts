import { randomUUID } from 'node:crypto';
import type { CaptureState, SourceLog } from '../../changelog/change-log.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { failpoint } from '../../runtime/failpoint.ts';
import type { TableStop } from '../postgres/snapshot/snapshot-book.ts';
import {
  type Checkpoint,
  type DebeziumBook,
  type DebeziumTableBook,
  EMPTY_TABLE_BOOK,
  emptyBook,
  readDebeziumBook,
  type TopicEnds,
  type TopicsBuild,
} from './debezium-book.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';

/** The book, and the state of the log that carries it. Nothing is durable before `save` resolves. */
export class DebeziumMemory {
  readonly #log: Pick<SourceLog, 'saveState' | 'state'>;
  /** Null before the copy begins, also where the topics are read anew. */
  #state: CaptureState | null;
  #epoch: number;
  #book: DebeziumBook;
  #saving: Promise<void> = Promise.resolve();

  /** Throws INGEST_DEBEZIUM_STATE_FOREIGN when the source was captured in another way. */
  constructor(log: Pick<SourceLog, 'saveState' | 'state'>, prefix: string) {
    this.#log = log;
    this.#state = log.state;
    this.#epoch = log.state?.epoch ?? 1;
    const book = log.state === null ? emptyBook(prefix) : readDebeziumBook(log.state.snapshot);
    if (book === null)
      throw new MillraceError(DEBEZIUM_ERRORS.stateForeign, 'it was captured from the database itself');
    if (book.prefix !== prefix) throw new MillraceError(DEBEZIUM_ERRORS.stateForeign, `the prefix was ${book.prefix}`);
    this.#book = book;
    if (book.isToBeReadAnew !== true) return;
    this.#state = null;
    this.#epoch++;
    this.#book = { ...emptyBook(prefix), tables: tablesReadAnew(book) };
  }

  /** The copy has begun: from here on the log's positions are of this reading. */
  get isBegun(): boolean {
    return this.#state !== null;
  }

  /** Everything that the connector copied at first is in. */
  get isCopied(): boolean {
    return this.#state !== null && (this.#state.consistentLsn !== null || this.#book.build?.isCopied === true);
  }

  /** Null while rows go to the replicas. */
  get build(): TopicsBuild | null {
    return this.#book.build ?? null;
  }

  /** Position of the first copy; null before its first row was seen. */
  get snapshotLsn(): bigint | null {
    return this.#state?.snapshotLsn ?? null;
  }

  get reached(): Checkpoint {
    return this.#book.reached;
  }

  get tables(): Readonly<Record<string, DebeziumTableBook>> {
    return this.#book.tables;
  }

  table(name: string): DebeziumTableBook {
    return this.#book.tables[name] ?? EMPTY_TABLE_BOOK;
  }

  /**
   * The copy begins, or begins anew at a later position. Where the topics were read before, all tables are built beside their replicas
   * until all topics are read up to `until`, their ends now.
   */
  async begin(snapshotLsn: bigint, until: TopicEnds): Promise<void> {
    if (this.#state === null && this.#epoch > 1) {
      const build = { id: randomUUID(), until, isCopied: false, since: new Date().toISOString() };
      this.#book = { ...this.#book, build };
    }
    this.#state = { epoch: this.#epoch, snapshotLsn, consistentLsn: null, snapshot: null };
    await this.save();
  }

  /** Everything of the first copy is durable. */
  async complete(reached: Checkpoint): Promise<void> {
    if (this.#state === null) throw new Error('a copy that is complete has begun');
    const { build } = this.#book;
    if (build === undefined) this.#state = { ...this.#state, consistentLsn: this.#state.snapshotLsn };
    this.#book = { ...this.#book, reached, ...(build === undefined ? {} : { build: { ...build, isCopied: true } }) };
    await this.save();
  }

  /** All tables have taken their replicas' place; they are one state once the stream has passed this position. */
  async built(lsn: bigint): Promise<void> {
    if (this.#state === null) throw new Error('what is built has begun');
    const { build: _, ...book } = this.#book;
    this.#book = book;
    this.#state = { ...this.#state, consistentLsn: lsn };
    await this.save();
  }

  /**
   * The topics will be read anew, also after a crash, under another epoch: by whoever opens the log next. Durable when it resolves.
   * Does nothing before anything was read.
   */
  async requestAnew(): Promise<void> {
    this.#book = { ...this.#book, isToBeReadAnew: true };
    await this.save();
    failpoint('ingest.resync-written-down');
  }

  setTable(name: string, change: Partial<DebeziumTableBook>): void {
    this.#book = { ...this.#book, tables: { ...this.#book.tables, [name]: { ...this.table(name), ...change } } };
  }

  async reach(reached: Checkpoint): Promise<void> {
    this.#book = { ...this.#book, reached };
    await this.save();
  }

  async stop(name: string, stop: TableStop): Promise<void> {
    this.setTable(name, { stop });
    await this.save();
  }

  /** Resolves when all that was set before is durable. Does nothing before the copy began: there is no state yet. */
  save(): Promise<void> {
    this.#saving = this.#saving.catch(() => {}).then(() => this.#write());
    return this.#saving;
  }

  async #write(): Promise<void> {
    if (this.#state === null) return;
    const book = this.#book;
    const behind = Object.keys(book.tables).filter((name) => this.table(name).stop !== null);
    // Of a build nothing is waited for that may still be copied, once what the connector copied at first is in.
    const copying = book.build?.isCopied === true ? { copying: [] } : {};
    await this.#log.saveState({ ...this.#state, ...copying, behind, snapshot: book });
  }
}

/** Of what was known, only which columns were seen to be dropped; of a table that was stopped, it is not known what became of them. */
function tablesReadAnew({ tables }: DebeziumBook): Record<string, DebeziumTableBook> {
  const kept = Object.entries(tables).flatMap(([name, { stop, shape, dropped = [] }]) => {
    const all = [...new Set([...dropped, ...(shape?.former ?? [])])];
    return stop !== null || all.length === 0 ? [] : [[name, { ...EMPTY_TABLE_BOOK, dropped: all }] as const];
  });
  return Object.fromEntries(kept);
}
