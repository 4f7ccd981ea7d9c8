import type { ClickHouseSettings } from '@clickhouse/client';
import type { Relation } from '../../../changelog/change.ts';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { wantedColumns } from './replica-columns.ts';

/**
 * How a block of a snapshot is taken in. All of it has one version, so nothing of it replaces anything else of it:
 * merging it while it is inserted (`optimize_on_insert`) would be wasted.
 */
export const SNAPSHOT_INSERT_SETTINGS: ClickHouseSettings = {
  optimize_on_insert: 0,
};

/**
 * Insert target for lines without version and mark: the server adds both, which takes a quarter off what is sent and
 * parsed (https://clickhouse.com/docs/sql-reference/table-functions/input). `table` is quoted.
 */
export function snapshotTarget(table: string, relation: Relation, version: bigint): string {
  const wanted = wantedColumns(relation);
  const names = wanted.map((column) => quoteIdentifier(column.name)).join(', ');
  const structure = wanted.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(', ');
  return (
    `${table} (${names}, _version, _deleted) ` +
    `select ${names}, toUInt128(${quoteString(version.toString())}), 0 from input(${quoteString(structure)})`
  );
}
