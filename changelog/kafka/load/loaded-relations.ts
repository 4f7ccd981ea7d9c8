import { setTimeout as sleep } from 'node:timers/promises';
import type { Relation } from '../../change.ts';
import type { TableBuild } from '../../change-log.ts';
import type { SourceDestination } from '../../destination.ts';
import { TableFailure } from '../../table-failure.ts';
import type { CompactTopic } from '../compact-topic.ts';
import { createRowReader, type RowReader } from '../envelope/row-reader.ts';
import { type RelationRecord, relationKey } from '../relation-record.ts';

/** A shape whose rows the destination takes. */
export interface LoadedRelation {
  readonly id: string;
  /** The id as it stands in messages. */
  readonly idBytes: Buffer;
  readonly relation: Relation;
  readonly record: RelationRecord;
  /** `schema.table` */
  readonly table: string;
  /** For the row, and for its old key. */
  readonly row: RowReader;
  readonly oldKey: RowReader;
  /** The destination takes none of its rows. */
  isFailed: boolean;
}

/** Shapes by the id that rows name; made ready in the destination when they are first met. */
export interface LoadedRelations {
  /** Undefined for one that was not made ready yet: hot path. */
  ready(id: string): LoadedRelation | undefined;
  /** Resolves when the destination can take its rows; null for an id that is not on record. */
  get(id: string, of: { table: string }): Promise<LoadedRelation | null>;
  /** The same, made ready again: the replica has got another shape since, or was built anew. */
  again(id: string, of: { table: string }): Promise<LoadedRelation | null>;
  /** The last shape on record of a topic's table; null for a topic without any. */
  ofTopic(topic: string): Promise<Relation | null>;
  /** Shapes of the topic are made ready again when they are met, and those that were not on record are looked for again. */
  forget(topic: string): void;
  /** Ids of a topic's shapes that no build has come behind, in the order in which they were put on record. */
  shapesOf(topic: string): Promise<readonly string[]>;
  /** What is on record, without making anything ready. */
  record(id: string): Promise<RelationRecord | null>;
}

const LOOKS = 3;
const LOOK_AGAIN_MS = 300;

export function createLoadedRelations(options: {
  source: string;
  topic: CompactTopic;
  destination: Pick<SourceDestination, 'prepare' | 'rebuild'>;
  /** Whether the build took the place of the table's (`schema.table`) replica, or is to take it, as it is on record now. */
  isExchanged: (table: string, build: string) => Promise<boolean>;
  onTableFailure: (relation: Relation, failure: TableFailure) => Promise<void>;
}): LoadedRelations {
  const { source, topic, destination, onTableFailure } = options;
  const opened = new Map<string, Promise<LoadedRelation | null>>();
  const ready = new Map<string, LoadedRelation>();
  let records: ReadonlyMap<string, unknown> = new Map();
  /** Keys of ids that are not on record: strangers' messages are not looked up one by one. */
  const missing = new Set<string>();

  async function find(id: string): Promise<RelationRecord | null> {
    const key = relationKey(source, id);
    // On record before the first row, or watermark, that names it: whoever does not find it at once looks again.
    for (let look = 0; look < LOOKS && !records.has(key) && !missing.has(key); look++) {
      if (look > 0) await sleep(LOOK_AGAIN_MS);
      records = await topic.load();
    }
    if (!records.has(key)) missing.add(key);
    return (records.get(key) ?? null) as RelationRecord | null;
  }

  /**
   * Another build was begun since, and this one never ended: begun again, it would remove what the other one has already.
   * The end of a build is on record before the next one is.
   */
  async function isSuperseded({ id, topic, relation }: RelationRecord, build: TableBuild): Promise<boolean> {
    const all = [...records.values()] as RelationRecord[];
    const later = all.slice(all.findIndex((each) => each.id === id) + 1);
    const isLater = (each: RelationRecord): boolean =>
      each.topic === topic && (each.build?.id ?? build.id) !== build.id;
    if (!later.some(isLater)) return false;
    return !(await options.isExchanged(`${relation.schema}.${relation.table}`, build.id));
  }

  async function open(id: string, of: { table: string }): Promise<LoadedRelation | null> {
    const record = await find(id);
    if (record === null) return null;
    const { relation, build, format } = record;
    // Before it may fail: whose failure it is.
    of.table = `${relation.schema}.${relation.table}`;
    const loaded: LoadedRelation = {
      id,
      idBytes: Buffer.from(id),
      relation,
      record,
      table: of.table,
      row: createRowReader(relation, format),
      oldKey: createRowReader(relation, format),
      isFailed: false,
    };
    try {
      const isOver = build !== null && (await isSuperseded(record, build));
      // Its table is not there any more, and never will be; the replica takes what it took.
      if (isOver && !build.keepsOld) loaded.isFailed = true;
      else if (build === null || isOver) await destination.prepare(relation);
      else await destination.rebuild(relation, build);
    } catch (error) {
      if (!(error instanceof TableFailure)) throw error;
      await onTableFailure(relation, error);
      loaded.isFailed = true;
    }
    ready.set(id, loaded);
    return loaded;
  }

  function again(id: string, of: { table: string }): Promise<LoadedRelation | null> {
    const found = open(id, of);
    opened.set(id, found);
    found.catch(() => opened.delete(id));
    return found;
  }

  return {
    ready: (id) => ready.get(id),
    get: (id, of) => opened.get(id) ?? again(id, of),
    again,
    async ofTopic(topic) {
      records = await options.topic.load();
      const of = [...records.values()] as RelationRecord[];
      return of.findLast((record) => record.topic === topic)?.relation ?? null;
    },
    forget(topic) {
      for (const { id, record } of ready.values()) {
        if (record.topic !== topic) continue;
        ready.delete(id);
        opened.delete(id);
      }
      // What was not on record may be by now.
      missing.clear();
      for (const id of opened.keys()) if (!ready.has(id)) opened.delete(id);
    },
    async shapesOf(topic) {
      records = await options.topic.load();
      const of = ([...records.values()] as RelationRecord[]).filter((record) => record.topic === topic);
      return of.slice(of.findLastIndex(({ build }) => build !== null) + 1).map(({ id }) => id);
    },
    record: find,
  };
}
