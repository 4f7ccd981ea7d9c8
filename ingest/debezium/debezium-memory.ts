import type { CaptureState, SourceLog } from '../../changelog/change-log.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { TableStop } from '../postgres/snapshot/snapshot-book.ts';
import {
  type Checkpoint,
  type DebeziumBook,
  type DebeziumTableBook,
  EMPTY_TABLE_BOOK,
  emptyBook,
  readDebeziumBook,
} from './debezium-book.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';

/** The book, and the state of the log that carries it. Nothing is durable before `save` resolves. */
export class DebeziumMemory {
  readonly #log: Pick<SourceLog, 'saveState' | 'state'>;
  #state: CaptureState | null;
  #book: DebeziumBook;
  #saving: Promise<void> = Promise.resolve();

  /** Throws INGEST_DEBEZIUM_STATE_FOREIGN when the source was captured in another way. */
  constructor(log: Pick<SourceLog, 'saveState' | 'state'>, prefix: string) {
    this.#log = log;
    this.#state = log.state;
    const book = log.state === null ? emptyBook(prefix) : readDebeziumBook(log.state.snapshot);
    if (book === null)
      throw new MillraceError(DEBEZIUM_ERRORS.stateForeign, 'it was captured from the database itself');
    if (book.prefix !== prefix) throw new MillraceError(DEBEZIUM_ERRORS.stateForeign, `the prefix was ${book.prefix}`);
    this.#book = book;
  }

  /** Position of the first copy; null before its first row was seen. */
  get snapshotLsn(): bigint | null {
    return this.#state?.snapshotLsn ?? null;
  }

  get consistentLsn(): bigint | null {
    return this.#state?.consistentLsn ?? null;
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

  /** The copy begins, or begins anew at a later position. */
  async begin(snapshotLsn: bigint): Promise<void> {
    this.#state = { epoch: this.#state?.epoch ?? 1, snapshotLsn, consistentLsn: null, snapshot: null };
    await this.save();
  }

  /** Everything of the first copy is durable. */
  async complete(reached: Checkpoint): Promise<void> {
    if (this.#state === null) throw new Error('a copy that is complete has begun');
    this.#state = { ...this.#state, consistentLsn: this.#state.snapshotLsn };
    this.#book = { ...this.#book, reached };
    await this.save();
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
    await this.#log.saveState({ ...this.#state, behind, snapshot: book });
  }
}
