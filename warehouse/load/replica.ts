import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../changelog/change.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { quoteIdentifier, quoteString } from '../clickhouse/quote.ts';
import { TABLE_SETTINGS } from '../clickhouse/table-settings.ts';
import { LOAD_ERRORS } from './errors.ts';
import { wantedColumns } from './replica-columns.ts';

/** Commit LSN bits per partition of a journal: 256 MiB of the source's WAL. */
const JOURNAL_PARTITION_BITS = 28;

/** Creates the replica, or adds the columns that are new. Rejects when a column's type or the key changed. */
export async function ensureReplica(options: {
  client: ClickHouseClient;
  name: string;
  relation: Relation;
  journal: boolean;
}): Promise<void> {
  const { client, name, relation, journal } = options;
  const wanted = wantedColumns(relation);
  const existing = await readColumns(client, 'raw', name);
  if (existing.size === 0) {
    await client.command({ query: createTable(name, relation, wanted) });
  } else {
    for (const column of wanted) {
      const type = existing.get(column.name);
      if (type === undefined) {
        await client.command({
          query: `alter table ${raw(name)} add column ${quoteIdentifier(column.name)} ${column.type}`,
        });
      } else if (type !== column.type) {
        throw new MillraceError(
          LOAD_ERRORS.unsafeSchemaChange,
          `raw.${name}.${column.name} is ${type}, the source has ${column.type}`,
        );
      }
    }
  }
  if (journal) await ensureJournal(client, name);
}

function raw(name: string): string {
  return `raw.${quoteIdentifier(name)}`;
}

/** A column of a replica as it has to be. */
export interface NamedType {
  readonly name: string;
  readonly type: string;
}

function createTable(name: string, relation: Relation, columns: readonly NamedType[]): string {
  const key = relation.keyColumns.map((i) => quoteIdentifier(relation.columns[i]?.name as string)).join(', ');
  return `create table if not exists ${raw(name)} (
    ${columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(',\n    ')},
    _version UInt128 comment '(epoch, commit LSN, ordinal in its transaction)',
    _deleted UInt8
  ) engine = ReplacingMergeTree(_version, _deleted) order by (${key})
  ${TABLE_SETTINGS}
  comment ${quoteString(`replica of ${relation.schema}.${relation.table} of service ${relation.source}`)}`;
}

async function readColumns(client: ClickHouseClient, database: string, table: string): Promise<Map<string, string>> {
  const result = await client.query({
    query: `
      select name, type
      from system.columns
      where database = {database:String} and table = {table:String} and name not in ('_version', '_deleted')
      order by position`,
    query_params: { database, table },
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ name: string; type: string }>();
  return new Map(rows.map((row) => [row.name, row.type]));
}

/**
 * The journal keeps every streamed change of a replica in order until the models have taken it over. A materialized
 * view feeds it, so one insert serves both. Snapshot rows (ordinal 0) are read from the replica itself.
 */
async function ensureJournal(client: ClickHouseClient, name: string): Promise<void> {
  const journal = `journal.${quoteIdentifier(name)}`;
  const feed = `journal.${quoteIdentifier(`${name}__feed`)}`;
  await client.command({
    query: `create table if not exists ${journal} as ${raw(name)}
      engine = MergeTree
      partition by toUInt64(bitShiftRight(_version, ${32 + JOURNAL_PARTITION_BITS}))
      order by _version
      ${TABLE_SETTINGS}`,
  });
  const rawColumns = await readColumns(client, 'raw', name);
  const journalColumns = await readColumns(client, 'journal', name);
  let changed = false;
  for (const [column, type] of rawColumns) {
    if (journalColumns.has(column)) continue;
    changed = true;
    await client.command({
      query: `alter table ${journal} add column ${quoteIdentifier(column)} ${type} after ${lastOf(journalColumns)}`,
    });
    journalColumns.set(column, type);
  }
  // The view's column list is fixed when it is made. No streamed row arrives meanwhile: the stream waits for us.
  if (changed) await client.command({ query: `drop view if exists ${feed}` });
  await client.command({
    query: `create materialized view if not exists ${feed} to ${journal} as
      select * from ${raw(name)} where bitAnd(_version, toUInt128(4294967295)) > 0`,
  });
}

function lastOf(columns: ReadonlyMap<string, string>): string {
  return quoteIdentifier([...columns.keys()].at(-1) as string);
}
