import type { Relation } from '../../change.ts';
import type { SourceDestination } from '../../destination.ts';
import { TableFailure } from '../../table-failure.ts';
import type { CompactTopic } from '../compact-topic.ts';
import { createRowReader, type RowReader } from '../envelope/row-reader.ts';
import { type RelationRecord, relationKey } from '../relation-record.ts';

/** A shape whose rows the destination takes. */
export interface LoadedRelation {
  readonly id: string;
  readonly relation: Relation;
  readonly record: RelationRecord;
  /** For the row, and for its old key. */
  readonly row: RowReader;
  readonly oldKey: RowReader;
  /** The destination takes none of its rows. */
  isFailed: boolean;
}

/** Shapes by the id that rows name; made ready in the destination when they are first met. */
export interface LoadedRelations {
  /** Resolves when the destination can take its rows. Throws a RangeError for an id that is not on record. */
  get(id: string): Promise<LoadedRelation>;
  all(): Iterable<LoadedRelation>;
}

export function createLoadedRelations(options: {
  source: string;
  topic: CompactTopic;
  destination: SourceDestination;
  onTableFailure: (relation: Relation, failure: TableFailure) => Promise<void>;
}): LoadedRelations {
  const { source, topic, destination, onTableFailure } = options;
  const opened = new Map<string, Promise<LoadedRelation>>();
  const ready = new Map<string, LoadedRelation>();
  let records: ReadonlyMap<string, unknown> = new Map();

  async function find(id: string): Promise<RelationRecord> {
    const key = relationKey(source, id);
    // On record before the first row that names it.
    if (!records.has(key)) records = await topic.load();
    const record = records.get(key);
    if (record === undefined) throw new RangeError(`relation ${id} of ${source} is not on record`);
    return record as RelationRecord;
  }

  async function open(id: string): Promise<LoadedRelation> {
    const record = await find(id);
    const { relation, build, format } = record;
    const loaded: LoadedRelation = {
      id,
      relation,
      record,
      row: createRowReader(relation, format),
      oldKey: createRowReader(relation, format),
      isFailed: false,
    };
    try {
      if (build === null) await destination.prepare(relation);
      else await destination.rebuild(relation, build);
    } catch (error) {
      if (!(error instanceof TableFailure)) throw error;
      await onTableFailure(relation, error);
      loaded.isFailed = true;
    }
    ready.set(id, loaded);
    return loaded;
  }

  return {
    get(id) {
      const found = opened.get(id) ?? open(id);
      opened.set(id, found);
      found.catch(() => opened.delete(id));
      return found;
    },
    all: () => ready.values(),
  };
}
