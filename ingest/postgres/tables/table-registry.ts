import type { Relation } from '../../../changelog/change.ts';
import type { SourceLog, TableBuild } from '../../../changelog/change-log.ts';
import { parseLsn } from '../../../changelog/lsn.ts';
import { type ErrorDefinition, MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import { quoteIdentifier, quoteTable } from '../identifiers.ts';
import { EMPTY_TABLE, isToCopy, type TableBook } from '../snapshot/snapshot-book.ts';
import type { RelationMessage } from '../stream/relation-message.ts';
import type { CaptureMemory } from './capture-memory.ts';
import {
  describeTables,
  type PublishedTable,
  relationOfMessage,
  relationOfTable,
  shapeOf,
  unpublishedTables,
} from './catalog.ts';
import { DefinedRelations } from './defined-relations.ts';
import { arePartitionsOther } from './partition-change.ts';
import { compareTypes, describePrintedTypes } from './printed-types.ts';
import { followedShape, isMoved, isOfShape, shapeChange } from './shape-change.ts';
import { createShapesBeforeSlot, type ShapesBeforeSlot } from './shapes-before-slot.ts';
import { exclusionOf } from './table-decision.ts';
import { qualifiedName, type TableName } from './table-filter.ts';
import type { TableLifecycle } from './table-lifecycle.ts';
import { measureTables } from './table-measure.ts';

export interface TableRegistryOptions {
  readonly source: string;
  readonly publication: string;
  readonly schemas: readonly string[];
  readonly filter: (name: TableName) => boolean;
  readonly log: Pick<SourceLog, 'defineRelation' | 'rebuild'>;
  readonly memory: CaptureMemory;
  readonly lifecycle: TableLifecycle;
  readonly logger: Logger;
}

/** Which tables are captured, where rows of their shapes go, and which are left out for which reason. */
export class TableRegistry {
  readonly #options: TableRegistryOptions;
  readonly #relations: DefinedRelations;
  readonly #excluded = new Map<string, ErrorDefinition>();
  /** Relations whose changes this connection passes over. */
  readonly #passedOver = new Set<number>();
  /** What the catalog had before the slot was made. */
  readonly beforeSlot: ShapesBeforeSlot;
  /** Called when there may be a table to copy. */
  onIncomplete: () => void = () => {};

  constructor(options: TableRegistryOptions) {
    this.#options = options;
    this.#relations = new DefinedRelations(options);
    this.beforeSlot = createShapesBeforeSlot(options.publication);
    options.lifecycle.onRebuild = () => this.onIncomplete();
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
    const { memory, lifecycle, publication, logger } = this.#options;
    const tables = await describeTables(client, publication);
    const published = new Set<string>();
    let included: string | null = null;
    for (const table of tables) {
      const name = qualifiedName(table);
      published.add(name);
      if (!(await this.#accept(client, table))) continue;
      if (this.#passedOver.has(table.oid)) included = name;
      const isHeld = memory.tables[name]?.rebuild?.isHeld === true;
      if (isHeld && (await measureTables(client, publication, [table])).length > 0) await lifecycle.release(name);
    }
    for (const [name, book] of Object.entries(memory.tables)) {
      if (published.has(name) || book.left) continue;
      memory.setTable(name, { ...book, left: true });
      logger.warn({ table: name }, 'table left the publication');
    }
    for (const name of this.#excluded.keys()) if (!published.has(name)) this.#excluded.delete(name);
    await this.#compareTypes(client);
    await this.#lookForUnpublished(client);
    await memory.saveTables();
    if (this.hasIncomplete()) this.onIncomplete();
    if (included !== null) throw new MillraceError(INGEST_ERRORS.tableIncluded, included);
  }

  /** Labels and attributes are altered without a message: tables whose rows print otherwise now are built anew. */
  async #compareTypes(client: CatalogConnection): Promise<void> {
    const { memory, lifecycle } = this.#options;
    const captured = Object.values(memory.tables).filter(({ left }) => !left);
    const parts = await describePrintedTypes(
      client,
      captured.map(({ oid }) => oid),
    );
    const { altered, types } = compareTypes(memory.types, parts);
    if (types === null) return;
    memory.setTypes(types);
    for (const [name, book] of Object.entries(memory.tables)) {
      if (!altered.has(book.oid) || book.left || book.stop !== null) continue;
      lifecycle.rebuild(name, { reason: INGEST_ERRORS.typeAltered.code, keepsOld: false });
    }
  }

  /** Tables that the configuration wants and nobody published: said, with the SQL for it. */
  async #lookForUnpublished(client: CatalogConnection): Promise<void> {
    const { filter, publication, schemas } = this.#options;
    for (const table of await unpublishedTables(client, { publication, schemas })) {
      if (!filter(table)) continue;
      const remedy =
        `alter publication ${quoteIdentifier(publication)} add table ${quoteTable(table)}; ` +
        'or leave it out with `exclude`';
      this.#excluded.set(qualifiedName(table), { ...INGEST_ERRORS.tableNotPublished, remedy });
    }
  }

  hasIncomplete(): boolean {
    return Object.entries(this.#options.memory.tables).some(([name, book]) => this.isToCopy(name, book));
  }

  /** A first copy that readers do not have yet, although all of it may be there. */
  hasUnseen(): boolean {
    return Object.entries(this.#options.memory.tables).some(
      ([name, book]) => book.rebuild?.isFirst === true && !book.left && !this.#excluded.has(name),
    );
  }

  isToCopy(name: string, book: TableBook): boolean {
    return isToCopy(book) && !this.#excluded.has(name);
  }

  /**
   * For the decoder: what the stream's relation is to the log, or null when its changes are not captured. `commitLsn`
   * is that of the transaction that the message stands in. `onOther`: told when the catalog has other columns by now, and
   * from which commit on rows have to have those.
   */
  async resolve(
    client: CatalogConnection,
    message: RelationMessage,
    commitLsn: bigint,
    onOther: (fromLsn: bigint) => void,
  ): Promise<Relation | null> {
    const { filter, lifecycle, memory, publication, source } = this.#options;
    if (!filter(message)) return null;
    const name = qualifiedName(message);
    const [table] = await describeTables(client, publication, message.oid);
    const known = memory.tables[name];
    // Renamed, removed or dropped since: what was captured under this name goes on, what was not is not begun.
    const isCaptured =
      table !== undefined && qualifiedName(table) === name
        ? await this.#accept(client, table)
        : known !== undefined && known.oid === message.oid && !this.#excluded.has(name);
    if (!isCaptured) {
      this.#passedOver.add(message.oid);
      return null;
    }
    if (known === undefined) {
      await memory.saveTables();
      this.onIncomplete();
    }
    if (table !== undefined && !this.#isReadAs(name, message)) {
      lifecycle.rebuild(name, { reason: INGEST_ERRORS.tableReshaped.code, keepsOld: false });
    }
    const key = table?.key ?? known?.shape?.key ?? [];
    const relation = await relationOfMessage(client, source, message, key);
    const isNow = table !== undefined && qualifiedName(table) === name;
    if (isNow && shapeOf(relationOfTable(source, table)) !== shapeOf(relation)) {
      const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
      onOther(parseLsn(rows[0]!.lsn));
    }
    const streamed = await this.#streamed(name, relation, commitLsn);
    // That it is behind is written down before a position that lies behind its rows.
    if (streamed === null) await memory.saveTables();
    return streamed;
  }

  /**
   * Rows came in columns that the table does not have any more, which the source has left out of them: the table is to be
   * built anew. Answers what ends the connection, whose view of the catalog is wrong; null where the rows are passed over.
   */
  outdated(message: RelationMessage, commitLsn: bigint): MillraceError | null {
    const name = qualifiedName(message);
    const book = this.#options.memory.tables[name];
    if (book === undefined || book.stop !== null || book.left || this.#excluded.has(name)) return null;
    const { rebuild } = book;
    // What is being built has them out of its copy; no replica takes them meanwhile.
    const isCopied = rebuild !== null && (rebuild.fromLsn === null || commitLsn < parseLsn(rebuild.fromLsn));
    if (isCopied && !rebuild.keepsOld) return null;
    const { catalogOutdated } = INGEST_ERRORS;
    this.#options.lifecycle.rebuild(name, { reason: catalogOutdated.code, keepsOld: false });
    return new MillraceError(catalogOutdated, name);
  }

  /**
   * An update or delete came of a table without a key, in the transaction at `commitLsn`: when it resolves, the table is
   * quarantined, or built anew. Nothing happens where what is being copied has that change already.
   */
  async changedWithoutKey(relation: Relation, commitLsn: bigint): Promise<void> {
    const { memory, lifecycle } = this.#options;
    const name = qualifiedName(relation);
    const book = memory.tables[name];
    if (book === undefined || book.stop !== null) return;
    const { rebuild } = book;
    if (rebuild === null || (rebuild.fromLsn !== null && commitLsn >= parseLsn(rebuild.fromLsn))) {
      const { tableWithoutKey } = INGEST_ERRORS;
      await lifecycle.quarantine(name, new MillraceError(tableWithoutKey, 'a row was updated or deleted'));
    } else if (rebuild.keepsOld) {
      // The copy will have it, the replica beside it never: it must not go on as if nothing had happened.
      lifecycle.rebuild(name, { reason: INGEST_ERRORS.tableWithoutKey.code, keepsOld: false });
      await memory.save();
    }
  }

  /** The rows that were copied so far are told apart by where they lay, and that has changed. */
  copyAgain(name: string): void {
    const { memory, lifecycle } = this.#options;
    const { reason = '', keepsOld = false } = memory.tables[name]?.rebuild ?? {};
    lifecycle.rebuild(name, { reason, keepsOld });
  }

  /** The relation that rows of a chunk have; null when the table cannot be copied now. */
  async relationToCopy(table: PublishedTable): Promise<Relation | null> {
    const { source, memory, lifecycle } = this.#options;
    const name = qualifiedName(table);
    const relation = relationOfTable(source, table);
    if ((memory.tables[name]?.rebuild ?? null) === null) return this.#relations.define(name, relation);
    const defined = this.#relations.ofShape(name, relation);
    if (defined !== null) return defined;
    lifecycle.rebuild(name, { reason: INGEST_ERRORS.tableReshaped.code, keepsOld: false });
    return null;
  }

  /**
   * The relation to build a table with: one object for all rows of a build, and for no others. Rows of an earlier one may
   * still be on their way, and what removed them may have been passed over since: they must not reach the new table.
   */
  relationToBuild(table: PublishedTable, buildId: string): Relation {
    const name = qualifiedName(table);
    const relation = relationOfTable(this.#options.source, table);
    const defined = this.#relations.isBegun(name, buildId) ? this.#relations.ofShape(name, relation) : null;
    return defined ?? relation;
  }

  /** Lets the log begin the build: rows of this relation's shape go to it from here on. Rejects as `SourceLog.rebuild`. */
  begin(name: string, relation: Relation, build: TableBuild): Promise<void> {
    return this.#relations.begin(name, relation, build);
  }

  /** A relation of the stream that was decided about: where its rows go by the table's state. */
  async #streamed(name: string, relation: Relation, commitLsn: bigint): Promise<Relation | null> {
    const { memory, lifecycle } = this.#options;
    await this.#relations.settled(name);
    const book = memory.tables[name];
    if (book === undefined || book.stop !== null) return null;
    const { rebuild } = book;
    if (rebuild === null) return this.#relations.define(name, relation);
    if (!this.#relations.isBegun(name, rebuild.id)) {
      return rebuild.keepsOld ? this.#relations.define(name, relation) : null;
    }
    const built = this.#relations.ofShape(name, relation);
    if (built !== null) return built;
    if (rebuild.fromLsn !== null && commitLsn >= parseLsn(rebuild.fromLsn)) {
      // Rows of another shape than the table beside: begun again in that one.
      lifecycle.rebuild(name, { reason: INGEST_ERRORS.tableReshaped.code, keepsOld: false });
    }
    // Older than what is copied: the new table does without them, and the replica falls behind.
    else if (rebuild.keepsOld) memory.setTable(name, { ...book, rebuild: { ...rebuild, keepsOld: false } });
    return null;
  }

  /** False when values of the message's rows would come under another column's name, in a replica that takes them. */
  #isReadAs(name: string, message: RelationMessage): boolean {
    const book = this.#options.memory.tables[name];
    if (book === undefined || book.stop !== null || book.shape === null) return true;
    // What is being built takes rows of its own shape only.
    if (book.rebuild !== null && (!book.rebuild.keepsOld || book.rebuild.fromLsn !== null)) return true;
    return isOfShape(
      message.columns.map((column) => column.name),
      book.shape,
    );
  }

  /** Decides about one published table; true when it is captured, or will be again. New ones enter the book. */
  async #accept(client: CatalogConnection, table: PublishedTable): Promise<boolean> {
    const { filter, memory, lifecycle } = this.#options;
    if (!filter(table)) return false;
    const name = qualifiedName(table);
    const book = memory.tables[name];
    const reason = exclusionOf(table, book);
    const { oid, membership, shape } = table;
    if (reason === INGEST_ERRORS.tableRecreated && book !== undefined) {
      this.#excluded.delete(name);
      memory.setTable(name, { ...book, oid, membership, shape, left: false });
      if (book.stop === null) lifecycle.rebuild(name, { reason: reason.code, keepsOld: false });
      return true;
    }
    if (reason !== null) {
      // What it misses from now on is not in the stream when it comes back: it is built anew then.
      if (book !== undefined && !book.left) memory.setTable(name, { ...book, left: true });
      this.#exclude(name, reason);
      return false;
    }
    this.#excluded.delete(name);
    if (book === undefined) {
      memory.setTable(name, { ...EMPTY_TABLE, oid, membership, shape });
      // Without a key no version tells which of two equal rows is in the stream as well: see exact-position.ts.
      if (!this.beforeSlot.hasSame(table) || table.key.length === 0)
        lifecycle.rebuild(name, { reason: '', keepsOld: false });
      return true;
    }
    await this.#followShape(client, name, table);
    return true;
  }

  async #followShape(client: CatalogConnection, name: string, table: PublishedTable): Promise<void> {
    const { memory, lifecycle, source } = this.#options;
    const known = memory.tables[name]?.shape;
    const { partitions } = table.shape;
    const isOther =
      known?.partitions !== undefined &&
      partitions !== undefined &&
      (await arePartitionsOther(client, table, known.partitions, partitions));
    if (isOther === null) return; // A partition is locked: compared again at the next look.
    const book = memory.tables[name];
    // Begun anew meanwhile, in a shape that was looked at later.
    if (book === undefined || book.stop !== null || book.shape !== known) return;
    const change = isOther ? 'rebuild' : book.shape === null ? 'follow' : shapeChange(book.shape, table.shape);
    if (change === 'rebuild' || (change === 'follow' && book.rebuild !== null)) {
      memory.setTable(name, { ...book, shape: table.shape });
      lifecycle.rebuild(name, { reason: INGEST_ERRORS.tableReshaped.code, keepsOld: false });
    } else if (change === 'follow') {
      if (book.shape !== null && (await this.#relations.define(name, relationOfTable(source, table))) === null) return;
      const now = memory.tables[name];
      if (now === undefined) return;
      memory.setTable(name, {
        ...now,
        shape: now.shape === null ? table.shape : followedShape(now.shape, table.shape),
      });
    } else if (book.shape !== null && isMoved(book.shape, table.shape)) {
      memory.setTable(name, { ...book, shape: followedShape(book.shape, table.shape) });
    }
  }

  #exclude(name: string, reason: ErrorDefinition): void {
    if (this.#excluded.get(name) === reason) return;
    this.#excluded.set(name, reason);
    this.#options.logger.warn({ table: name, code: reason.code, remedy: reason.remedy }, 'table is not captured');
  }
}
