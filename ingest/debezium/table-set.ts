import type { Relation } from '../../changelog/change.ts';
import type { SourceLog } from '../../changelog/change-log.ts';
import type { PartitionOffsets } from '../../changelog/kafka/client/kafka-client.ts';
import type { EnvelopeOptions } from '../../changelog/kafka/envelope/envelope-options.ts';
import { isMissingTopic } from '../../changelog/kafka/gone.ts';
import { TableFailure } from '../../changelog/table-failure.ts';
import { NEVER, sleep } from '../../runtime/abortable.ts';
import { type ErrorDefinition, MillraceError } from '../../runtime/errors.ts';
import { failpoint } from '../../runtime/failpoint.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type PublishedTable, relationOfTable, shapeOf } from '../postgres/tables/catalog.ts';
import { followedShape, shapeChange } from '../postgres/tables/shape-change.ts';
import { qualifiedName, type TableName } from '../postgres/tables/table-filter.ts';
import type { StopReason } from '../stop-reason.ts';
import { CapturedTable } from './captured-table.ts';
import type { CatalogView } from './database-catalog.ts';
import { type TopicsBuild, topicOf } from './debezium-book.ts';
import type { DebeziumMemory } from './debezium-memory.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';
import type { Outside } from './outside.ts';
import { PartitionQueue } from './partition-queue.ts';
import { createRowLayout } from './row-layout.ts';
import { expectedFields, judgeFields } from './table-fields.ts';
import type { TopicReader } from './topic-reader.ts';

export interface TableSetOptions {
  readonly source: string;
  readonly prefix: string;
  readonly format: EnvelopeOptions;
  readonly filter: (name: TableName) => boolean;
  readonly log: Pick<SourceLog, 'defineRelation' | 'rebuild' | 'exchange'>;
  readonly outside: Outside;
  /** Waits for a database or brokers that are away: asked where rows cannot be read without them. */
  readonly patient: Outside;
  readonly reader: TopicReader;
  readonly memory: DebeziumMemory;
  readonly logger: Logger;
}

/** A table has another shape than the one in which it is built beside its replica: the topics have to be read anew. */
export class ShapeChanged extends Error {
  override readonly name = 'ShapeChanged';
}

/** Clocks of the source and of this machine may differ by so much. */
const CLOCK_SKEW_MS = 60_000;
const TOPIC_ATTEMPTS = 20;
const TOPIC_REST_MS = 250;

/** The tables that are captured: those of the catalog that the configuration takes, and that have a topic. */
export class TableSet {
  readonly #options: TableSetOptions;
  readonly #captured = new Map<string, CapturedTable>();
  /** Tables that are built beside their replicas, each in one shape. */
  readonly #built = new Map<string, Relation>();
  /** Tables that the catalog did not have, and when it was looked at (Unix milliseconds). */
  readonly #absent = new Map<string, number>();
  #view: CatalogView | null = null;
  /** Tables of the catalog that the configuration takes, by name. */
  #wanted = new Map<string, PublishedTable>();

  constructor(options: TableSetOptions) {
    this.#options = options;
  }

  get captured(): Iterable<CapturedTable> {
    return this.#captured.values();
  }

  /** Names of the tables that are wanted, with a topic or without. */
  get names(): readonly string[] {
    return [...new Set([...this.#wanted.keys(), ...Object.keys(this.#options.memory.tables)])].sort();
  }

  get headLsn(): bigint {
    return this.#view?.headLsn ?? 0n;
  }

  has(name: string): boolean {
    return this.#captured.has(name);
  }

  /** Looks at the catalog and at the topics: tables that have got one are read from now on. */
  async refresh(outside = this.#options.outside): Promise<void> {
    await this.#look(outside);
    const { prefix, memory } = this.#options;
    const topics = new Set(await outside.topics());
    for (const [name, table] of this.#wanted) {
      await this.#followShape(name, table);
      const topic = topicOf(prefix, name);
      if (!this.#captured.has(name) && memory.table(name).stop === null && topics.has(topic))
        await this.#open(name, topic, outside);
    }
  }

  async #look(outside: Pick<Outside, 'describe'>): Promise<void> {
    const { filter } = this.#options;
    this.#view = await outside.describe();
    this.#wanted = new Map(this.#view.tables.filter(filter).map((table) => [qualifiedName(table), table]));
  }

  async #followShape(name: string, table: PublishedTable): Promise<void> {
    const { memory } = this.#options;
    const { shape, stop } = memory.table(name);
    if (stop !== null) return;
    // Before the copy begins nothing was made of it yet.
    if (shape === null || !memory.isBegun) {
      memory.setTable(name, { shape: table.shape });
      return;
    }
    const change = shapeChange(shape, table.shape);
    if (change !== 'none' && memory.build !== null) throw new ShapeChanged(name);
    if (change === 'rebuild') {
      await this.stop(name, new MillraceError(DEBEZIUM_ERRORS.tableReshaped, 'the catalog has it in another shape'));
    } else if (change === 'follow') {
      memory.setTable(name, { shape: followedShape(shape, table.shape) });
      await memory.save();
    }
  }

  async #open(name: string, topic: string, outside: Pick<Outside, 'offsets'>): Promise<void> {
    const { memory, reader, logger } = this.#options;
    let ranges: readonly PartitionOffsets[];
    try {
      ranges = await outside.offsets(topic);
    } catch (error) {
      if (isMissingTopic(error)) return; // Made, or deleted, this moment.
      throw error;
    }
    const known = memory.reached.offsets[topic];
    const queues: PartitionQueue[] = [];
    for (const { partition, first, next } of [...ranges].sort((a, b) => a.partition - b.partition)) {
      const from = BigInt(known?.[partition] ?? 0);
      const cut = cutOf(topic, { partition, first, next }, from);
      if (cut !== null) return this.stop(name, cut);
      queues.push(new PartitionQueue(topic, partition, from));
    }
    const table = new CapturedTable(name, topic, queues);
    this.#captured.set(name, table);
    for (const queue of queues) reader.queues.add(queue);
    logger.info({ table: name, topic, partitions: queues.length }, 'topic of a table is read');
  }

  /** Stops the tables of which messages are gone that were not read yet. */
  async stopCut(): Promise<void> {
    for (const { name, topic, queues } of [...this.#captured.values()]) {
      for (const range of await this.#options.patient.offsets(topic)) {
        const from = queues.find((queue) => queue.partition === range.partition)?.next ?? 0n;
        const cut = cutOf(topic, range, from);
        if (cut !== null) await this.stop(name, cut);
      }
    }
  }

  /**
   * The table of rows that a transaction has, by what Debezium calls it (`schema.table`); null when its rows are passed over.
   * Looks again where it is not known.
   */
  async take(collection: string, committedAtMicros: bigint): Promise<CapturedTable | null> {
    const known = this.#captured.get(collection);
    if (known !== undefined) return known;
    const { memory, logger, prefix, filter, patient } = this.#options;
    if (memory.table(collection).stop !== null || !filter(nameOf(collection))) return null;
    const absentAtMs = this.#absent.get(collection);
    const isOld = absentAtMs !== undefined && Number(committedAtMicros / 1000n) < absentAtMs - CLOCK_SKEW_MS;
    if (isOld) return null;
    const lookedAtMs = Date.now();
    for (let attempt = 0; attempt < TOPIC_ATTEMPTS; attempt++) {
      // Brokers do not learn of a new topic all at once.
      if (attempt > 0) await sleep(TOPIC_REST_MS, NEVER);
      await this.refresh(patient);
      const found = this.#captured.get(collection);
      if (found !== undefined) return found;
      if (!this.#wanted.has(collection)) {
        if (absentAtMs === undefined) {
          logger.warn({ table: collection }, 'rows of a table that the catalog does not have any more are passed over');
        }
        this.#absent.set(collection, lookedAtMs);
        return null;
      }
      if (memory.table(collection).stop !== null) return null;
    }
    const detail = `there is no topic ${topicOf(prefix, collection)}`;
    await this.stop(collection, new MillraceError(DEBEZIUM_ERRORS.rowsMissing, detail));
    return null;
  }

  /**
   * Makes the layout for rows with these fields; null: with those that the catalog lets expect. False when the table was
   * stopped instead.
   */
  async layOut(table: CapturedTable, found: readonly string[] | null): Promise<boolean> {
    const { source, format, memory, logger } = this.#options;
    let described = this.#wanted.get(table.name);
    const names = new Set(described?.columns.map(({ name }) => name));
    // A field that is not known may be a new column.
    if (described === undefined || found?.some((field) => !names.has(field))) {
      await this.#look(this.#options.patient);
      described = this.#wanted.get(table.name);
    }
    if (described === undefined) {
      this.#forget(table);
      logger.info({ table: table.name }, 'table is not in the catalog any more: its rows are passed over');
      return false;
    }
    const { dropped = [] } = memory.table(table.name);
    const passedOver = new Set([...(this.#view?.generated.get(described.oid) ?? []), ...dropped]);
    const all = relationOfTable(source, described);
    const fields = found ?? expectedFields(all);
    const judged = judgeFields(all, fields, passedOver);
    if (judged.kind === 'keyless') return this.#fail(table, DEBEZIUM_ERRORS.tableWithoutKey, 'no key');
    if (judged.kind === 'reshaped') return this.#fail(table, DEBEZIUM_ERRORS.tableReshaped, judged.detail);
    // Rows of a build have all columns: those of older messages are NULL in what came later.
    const wanted = memory.build === null ? judged.relation : (expectedRelation(all) ?? judged.relation);
    const known = table.relation ?? this.#built.get(table.name) ?? null;
    const relation = known !== null && shapeOf(known) === shapeOf(wanted) ? known : wanted;
    if (relation !== known && !(await this.#define(table, relation))) return false;
    table.relation = relation;
    if (judged.missing.length > 0 && judged.missing.join() !== table.missing.join()) {
      logger.warn({ table: table.name, columns: judged.missing }, 'columns are in no message: the replica lacks them');
    }
    table.missing = judged.missing;
    table.layout = createRowLayout(relation, fields, format);
    return true;
  }

  /** A table without rows has a replica too. */
  async defineEmpty(): Promise<void> {
    const { source, memory } = this.#options;
    for (const [name, described] of this.#wanted) {
      const table = this.#captured.get(name);
      if (
        memory.table(name).stop !== null ||
        (described.isPartitioned && table === undefined) ||
        this.#built.has(name) ||
        (table !== undefined && table.relation !== null)
      )
        continue;
      const relation = expectedRelation(relationOfTable(source, described));
      if (relation !== null) await this.#define(table ?? new CapturedTable(name, '', []), relation);
    }
  }

  /** All tables that were built beside take their replicas' place; rows go to those from here on. */
  async exchange(build: TopicsBuild, fromLsn: bigint): Promise<void> {
    await this.defineEmpty();
    for (const [name, relation] of this.#built) {
      if (!this.#wanted.has(name)) continue;
      try {
        await this.#options.log.exchange(relation, { id: build.id, keepsOld: false }, fromLsn);
      } catch (error) {
        if (!(error instanceof TableFailure)) throw error;
        await this.stop(name, error);
      }
      failpoint('ingest.table-exchanged');
    }
    this.#built.clear();
    for (const table of this.#captured.values()) {
      table.relation = null;
      table.layout = null;
    }
  }

  async #define(table: CapturedTable, relation: Relation): Promise<boolean> {
    const { log, memory } = this.#options;
    try {
      if (memory.build === null) await log.defineRelation(relation);
      else {
        // One shape for each build: rows in another would go nowhere.
        if (this.#built.has(table.name)) throw new ShapeChanged(table.name);
        await memory.save(); // The shape that it is built in: another one later is told from it.
        await log.rebuild(relation, { id: memory.build.id, keepsOld: false });
        this.#built.set(table.name, relation);
      }
    } catch (error) {
      if (!(error instanceof TableFailure)) throw error;
      await this.stop(table.name, error);
      return false;
    }
    table.relation = relation;
    return true;
  }

  async #fail(table: CapturedTable, definition: ErrorDefinition, detail: string): Promise<false> {
    await this.stop(table.name, new MillraceError(definition, `${table.name}: ${detail}`));
    return false;
  }

  /** Its rows are passed over from now on; durable when it resolves. */
  async stop(name: string, error: StopReason, kind: 'paused' | 'quarantined' = 'quarantined'): Promise<void> {
    const { memory, logger } = this.#options;
    if (memory.table(name).stop !== null) return;
    const { code, message: detail, remedy } = error;
    const table = this.#captured.get(name);
    if (table !== undefined) this.#forget(table);
    this.#built.delete(name);
    await memory.stop(name, { kind, code, detail, remedy, since: new Date().toISOString() });
    logger.warn({ table: name, code, detail, remedy }, `table ${kind}`);
  }

  #forget(table: CapturedTable): void {
    table.chunk?.abandon();
    table.chunk = null;
    this.#captured.delete(table.name);
    for (const queue of table.queues) this.#options.reader.queues.delete(queue);
  }
}

/** Messages that are to be read are not there, or not any more; null where they are. */
function cutOf(topic: string, { partition, first, next }: PartitionOffsets, from: bigint): MillraceError | null {
  if (from >= first && from <= next) return null;
  const detail = `${topic}/${partition} has offsets ${first} to ${next}, and is to be read from ${from}`;
  return new MillraceError(DEBEZIUM_ERRORS.topicCut, detail);
}

/** With the columns that messages have by default; null for a table without a key. */
function expectedRelation(table: Relation): Relation | null {
  const judged = judgeFields(table, expectedFields(table), new Set());
  return judged.kind === 'relation' ? judged.relation : null;
}

function nameOf(collection: string): TableName {
  const dot = collection.indexOf('.');
  return { schema: collection.slice(0, dot), table: collection.slice(dot + 1) };
}
