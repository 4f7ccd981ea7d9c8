import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../../changelog/change.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';
import { LOAD_ERRORS } from '../errors.ts';
import { wantedColumns } from './replica-columns.ts';

/**
 * A block of a snapshot is one part, and a part with a file for each column is as many files to wait for
 * (https://clickhouse.com/docs/operations/settings/merge-tree-settings#min_bytes_for_wide_part, 10 MiB by default).
 */
const WIDE_PART_BYTES = 32 << 20;

/** What the comment of a column says that the source does not have any more; its values are NULL from then on. */
const DROPPED = 'dropped in the source';

/**
 * Creates the replica, or adds the columns that are new and marks those that are gone. Rejects with MR-LOAD-004 when a
 * column's type changed.
 */
export async function ensureReplica(options: {
  client: ClickHouseClient;
  name: string;
  relation: Relation;
}): Promise<void> {
  const { client, name, relation } = options;
  const wanted = wantedColumns(relation);
  const existing = (await readColumns(client, [name])).of(name);
  if (existing.size === 0) {
    await createReplica({ client, name, relation });
  } else {
    const changed = wanted.find(({ name, type }) => (existing.get(name) ?? type) !== type);
    if (changed !== undefined) {
      const detail = `raw.${name}.${changed.name} is ${existing.get(changed.name)}, the source has ${changed.type}`;
      throw new TableFailure(LOAD_ERRORS.unsafeSchemaChange, detail, { isMendedByResync: true });
    }
    const changes = wanted
      .filter((column) => !existing.has(column.name))
      .map((column) => `add column ${quoteIdentifier(column.name)} ${column.type}`);
    const present = new Set(wanted.map((column) => column.name));
    for (const column of await readMarks(client, name)) {
      if (column.isDropped === present.has(column.name)) {
        changes.push(`comment column ${quoteIdentifier(column.name)} ${quoteString(column.isDropped ? '' : DROPPED)}`);
      }
    }
    for (const change of changes) await client.command({ query: `alter table ${raw(name)} ${change}` });
  }
}

/**
 * Creates the replica unless a table has the name. Null when it is this relation's, else whose it is: of two processes that
 * want one name for two tables, one gets it.
 */
export async function claimReplica(
  client: ClickHouseClient,
  name: string,
  relation: Relation,
): Promise<{ schema: string; table: string } | null> {
  await createReplica({ client, name, relation });
  const result = await client.query({
    query: `select comment from system.tables where database = 'raw' and name = {name:String}`,
    query_params: { name },
    format: 'JSONEachRow',
  });
  const [found] = await result.json<{ comment: string }>();
  const comment = found?.comment ?? '';
  if (comment === aboutOf(relation) || comment.startsWith(`${aboutOf(relation)}; `)) return null;
  return { schema: comment, table: '' };
}

function aboutOf({ schema, table, source }: Relation): string {
  return `replica of ${schema}.${table} of service ${source}`;
}

/** Creates a replica in the relation's shape; nothing happens when a table of that name is there. */
export async function createReplica(options: {
  client: ClickHouseClient;
  name: string;
  relation: Relation;
  /** Added to the table's comment. */
  mark?: string;
}): Promise<void> {
  const { client, name, relation, mark } = options;
  await client.command({ query: createTable(name, relation, wantedColumns(relation), mark) });
}

/** Equal for relations whose rows one replica takes as they are. */
export function replicaShape(relation: Relation): string {
  return JSON.stringify([wantedColumns(relation), relation.keyColumns.map((i) => relation.columns[i]?.name)]);
}

async function readMarks(client: ClickHouseClient, name: string): Promise<{ name: string; isDropped: boolean }[]> {
  const result = await client.query({
    query: `
      select name, comment = {dropped:String} as isDropped
      from system.columns
      where database = 'raw' and table = {table:String} and name not in ('_version', '_deleted')`,
    query_params: { table: name, dropped: DROPPED },
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ name: string; isDropped: number }>();
  return rows.map((row) => ({ name: row.name, isDropped: row.isDropped === 1 }));
}

function raw(name: string): string {
  return `raw.${quoteIdentifier(name)}`;
}

/** A column of a replica as it has to be. */
export interface NamedType {
  readonly name: string;
  readonly type: string;
}

function createTable(name: string, relation: Relation, columns: readonly NamedType[], mark?: string): string {
  const about = aboutOf(relation);
  const key = relation.keyColumns.map((i) => quoteIdentifier(relation.columns[i]?.name as string)).join(', ');
  return `create table if not exists ${raw(name)} (
    ${columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(',\n    ')},
    _version UInt128 comment '(epoch, commit LSN, ordinal in its transaction)',
    _deleted UInt8
  ) engine = ReplacingMergeTree(_version, _deleted) order by (${key})
  ${TABLE_SETTINGS}, min_bytes_for_wide_part = ${WIDE_PART_BYTES}
  comment ${quoteString(mark === undefined ? about : `${about}; ${mark}`)}`;
}

/** Types by name, in the order of the columns; of a table that is not there: none. */
export interface KnownColumns {
  of(table: string): ReadonlyMap<string, string>;
}

/** Columns of these tables in `raw`, without those that are ours. */
export async function readColumns(client: ClickHouseClient, tables: readonly string[]): Promise<KnownColumns> {
  const result = await client.query({
    query: `
      select table, name, type
      from system.columns
      where database = 'raw' and table in {tables:Array(String)} and name not in ('_version', '_deleted')
      order by position`,
    query_params: { tables },
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ table: string; name: string; type: string }>();
  return {
    of: (table) => new Map(rows.filter((row) => row.table === table).map((row) => [row.name, row.type])),
  };
}
