import type { Relation } from '../../changelog/change.ts';
import type { SourceLog } from '../../changelog/change-log.ts';
import { type ErrorDefinition, MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { INGEST_ERRORS } from '../errors.ts';
import type { CaptureMemory } from './capture-memory.ts';
import { describeTables, type PublishedTable, relationOfMessage, shapeOf } from './catalog.ts';
import type { CatalogConnection } from './catalog-connection.ts';
import type { RelationMessage } from './relation-message.ts';
import { EMPTY_TABLE } from './snapshot-book.ts';
import { exclusionOf } from './table-decision.ts';
import { qualifiedName, type TableName } from './table-filter.ts';

export interface TableRegistryOptions {
  readonly source: string;
  readonly publication: string;
  readonly filter: (name: TableName) => boolean;
  readonly log: Pick<SourceLog, 'defineRelation'>;
  readonly memory: CaptureMemory;
  readonly logger: Logger;
}

/** Which tables are captured, in which shape the log knows them, and which are left out for which reason. */
export class TableRegistry {
  readonly #options: TableRegistryOptions;
  readonly #defined = new Map<string, { shape: string; relation: Relation }>();
  readonly #excluded = new Map<string, ErrorDefinition>();
  /** Relations whose changes this connection passes over. */
  readonly #passedOver = new Set<number>();
  #defining: Promise<unknown> = Promise.resolve();
  /** Called when there may be a table to copy. */
  onIncomplete: () => void = () => {};

  constructor(options: TableRegistryOptions) {
    this.#options = options;
  }

  get excluded(): ReadonlyMap<string, ErrorDefinition> {
    return this.#excluded;
  }

  /** A new connection: its stream describes every relation again. */
  reconnect(): void {
    this.#passedOver.clear();
  }

  /** Compares the publication with what is captured. Rejects with INGEST_TABLE_INCLUDED when the stream must restart. */
  async refresh(client: CatalogConnection): Promise<void> {
    const { memory, publication, logger } = this.#options;
    const tables = await describeTables(client, publication);
    const published = new Set<string>();
    let included: string | null = null;
    for (const table of tables) {
      const name = qualifiedName(table);
      published.add(name);
      if (!this.#accept(table)) continue;
      if (this.#passedOver.has(table.oid)) included = name;
    }
    for (const [name, book] of Object.entries(memory.tables)) {
      if (published.has(name) || book.left) continue;
      memory.setTable(name, { ...book, left: true });
      logger.warn({ table: name }, 'table left the publication');
    }
    for (const name of this.#excluded.keys()) if (!published.has(name)) this.#excluded.delete(name);
    await memory.saveTables();
    if (this.hasIncomplete()) this.onIncomplete();
    if (included !== null) throw new MillraceError(INGEST_ERRORS.tableIncluded, included);
  }

  hasIncomplete(): boolean {
    return Object.entries(this.#options.memory.tables).some(([name, book]) => this.isToCopy(name, book));
  }

  isToCopy(name: string, book: { complete: boolean; left: boolean }): boolean {
    return !book.complete && !book.left && !this.#excluded.has(name);
  }

  /** For the decoder: what the stream's relation is to the log, or null when its changes are not captured. */
  async resolve(client: CatalogConnection, message: RelationMessage): Promise<Relation | null> {
    const { filter, memory, publication, source } = this.#options;
    if (!filter(message)) return null;
    const name = qualifiedName(message);
    const [table] = await describeTables(client, publication, message.oid);
    const known = memory.tables[name];
    // Renamed, removed or dropped since: what was captured under this name goes on, what was not is not begun.
    const isCaptured =
      table !== undefined && qualifiedName(table) === name
        ? this.#accept(table)
        : known !== undefined && known.oid === message.oid && !this.#excluded.has(name);
    if (!isCaptured) {
      this.#passedOver.add(message.oid);
      return null;
    }
    if (known === undefined) {
      await memory.saveTables();
      this.onIncomplete();
    }
    const relation = await relationOfMessage(client, source, message, table?.key ?? []);
    if (relation.keyColumns.length === 0) {
      this.#exclude(name, INGEST_ERRORS.tableWithoutKey);
      this.#passedOver.add(message.oid);
      return null;
    }
    return this.define(relation);
  }

  /** Tells the log of a shape unless it is the one it was told last; resolves with the relation to use. */
  define(relation: Relation): Promise<Relation> {
    const defined = this.#defining.then(async () => {
      const name = qualifiedName(relation);
      const shape = shapeOf(relation);
      const last = this.#defined.get(name);
      if (last?.shape === shape) return last.relation;
      await this.#options.log.defineRelation(relation);
      this.#defined.set(name, { shape, relation });
      return relation;
    });
    this.#defining = defined.catch(() => {});
    return defined;
  }

  /** Decides about one published table; true when it is captured. New ones enter the book. */
  #accept(table: PublishedTable): boolean {
    const { filter, memory } = this.#options;
    if (!filter(table)) return false;
    const name = qualifiedName(table);
    const book = memory.tables[name];
    const reason = exclusionOf(table, book);
    if (reason !== null) {
      this.#exclude(name, reason);
      return false;
    }
    this.#excluded.delete(name);
    if (book === undefined) memory.setTable(name, { ...EMPTY_TABLE, oid: table.oid, membership: table.membership });
    return true;
  }

  #exclude(name: string, reason: ErrorDefinition): void {
    if (this.#excluded.get(name) === reason) return;
    this.#excluded.set(name, reason);
    this.#options.logger.warn({ table: name, code: reason.code, remedy: reason.remedy }, 'table is not captured');
  }
}
