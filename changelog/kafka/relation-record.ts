import { createHash } from 'node:crypto';
import type { Relation } from '../change.ts';
import type { TableBuild } from '../change-log.ts';
import type { EnvelopeOptions } from './envelope/envelope-options.ts';

/** What a row's relation header stands for: how the row is to be read, and where it goes. Never changes under its id. */
export interface RelationRecord {
  readonly id: string;
  readonly topic: string;
  readonly relation: Relation;
  /** Rows of this relation go to a table that is built beside the replica. */
  readonly build: TableBuild | null;
  /** How its values are written. */
  readonly format: EnvelopeOptions;
}

/** Of all that decides how a row is read. */
export function relationId(relation: Relation, build: TableBuild | null, format: EnvelopeOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([relation, build?.id ?? null, format]))
    .digest('hex')
    .slice(0, 16);
}

export function relationKey(source: string, id: string): string {
  return `${source}/${id}`;
}

/** Topics of a source's tables; `records` as `millrace.relations` has them. */
export function topicsOnRecord(source: string, records: ReadonlyMap<string, unknown>): Set<string> {
  const topics = new Set<string>();
  for (const value of records.values()) {
    const { relation, topic } = value as RelationRecord;
    if (relation.source === source) topics.add(topic);
  }
  return topics;
}
