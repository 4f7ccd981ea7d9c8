import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';
import { readPositions } from '../positions/loaded-position.ts';

/** Streamed changes of all replicas that models read, until they have taken them over. */
export const JOURNAL = 'journal.changes';

/** Commit LSN bits per partition of a source's changes: 256 MiB of its WAL. */
const PARTITION_BITS = 32 + 28;

/** The lowest version of the partition that a version is in. */
export function startOfPartition(version: bigint): bigint {
  return (version >> BigInt(PARTITION_BITS)) << BigInt(PARTITION_BITS);
}

export const CREATE_JOURNAL = `create table if not exists ${JOURNAL} (
    source LowCardinality(String),
    replica LowCardinality(String) comment 'table in raw',
    _version UInt128 comment '(epoch, commit LSN, ordinal in its transaction)',
    _deleted UInt8 comment '1: the row is gone; 2: changes of this version do not count',
    columns LowCardinality(String) comment 'what the row has, in its order: JSON',
    row String comment 'TabSeparated; columns that it does not have are NULL'
  ) engine = MergeTree
  partition by (source, toUInt64(bitShiftRight(_version, ${PARTITION_BITS})))
  order by (replica, _version) ${TABLE_SETTINGS}
  comment 'changes that the models have not taken over yet'`;

/** As `_deleted`: no change of the replica with this version counts. */
export const VOID = 2;

/** Ends the name of the view that writes a replica's changes to the journal where its loader does not know that models read it. */
const FEED = '__feed';

/** The columns of a row of the journal, as its `columns` has them. */
export function columnList(columns: readonly string[]): string {
  return JSON.stringify(columns);
}

/**
 * A row of the journal as the expressions of a SELECT, where the server makes it; `columns` are of the SELECT. They have no names, since a
 * column of the table may have the same.
 */
export function journalRow(options: {
  source: string;
  replica: string;
  columns: readonly string[];
  /** SQL. */
  version: string;
  deleted: string;
}): string {
  const { source, replica, columns, version, deleted } = options;
  const fields = columns.map(quoteIdentifier).join(', ');
  return [
    quoteString(source),
    quoteString(replica),
    version,
    deleted,
    quoteString(columnList(columns)),
    `formatRowNoNewline('TabSeparated', ${fields})`,
  ].join(', ');
}

/**
 * A condition for rows of the journal whose key is among those of a table. Loaders escape less of a text than the server
 * does: whoever wrote a row wrote all of its key.
 */
export function hasKeyOf(key: readonly { name: string; type: string }[], keys: string): string {
  const isText = (type: string): boolean => type.includes('String');
  const fields = key.map(({ name, type }) => {
    const field = fieldOf(name);
    return isText(type) ? field : `formatRowNoNewline('TabSeparated', cast(${field}, ${quoteString(type)}))`;
  });
  const texts = key.map(({ name }) => `formatRowNoNewline('TabSeparated', ${quoteIdentifier(name)})`);
  const ofLoaders = texts.map((text, i) => (isText(key[i]?.type ?? '') ? lessEscaped(text) : text));
  return `(${fields.join(', ')}) in (
    select ${texts.join(', ')} from ${keys} union all select ${ofLoaders.join(', ')} from ${keys}
  )`;
}

/** SQL of a column of a row of the journal, as the text that it is there; empty where the row does not have it. */
export function fieldOf(name: string): string {
  return `splitByChar('\\t', row)[indexOf(JSONExtract(toString(columns), 'Array(String)'), ${quoteString(name)})]`;
}

function lessEscaped(text: string): string {
  const pairs = [
    ["\\'", "'"],
    ['\\b', '\b'],
    ['\\f', '\f'],
  ] as const;
  return pairs.reduce((sql, [from, to]) => `replaceAll(${sql}, ${quoteString(from)}, ${quoteString(to)})`, text);
}

/** Begins an INSERT of such rows. */
export const INTO_JOURNAL = `insert into ${JOURNAL} (source, replica, _version, _deleted, columns, row)`;

/**
 * Says for every process that the replica's changes are written to the journal, by a view of its name, which shows them: whoever
 * begins to load it writes them.
 */
export async function markJournaled(client: ClickHouseClient, replica: string): Promise<void> {
  await client.command({
    query: `create view if not exists journal.${quoteIdentifier(replica)} as
      select _version, _deleted, columns, row from ${JOURNAL} where replica = ${quoteString(replica)}`,
  });
}

/** Those of the replicas whose changes are written to the journal, by their loaders or by a feed. */
export async function readJournaled(client: ClickHouseClient, replicas: readonly string[]): Promise<Set<string>> {
  const result = await client.query({
    query: `
      select name from system.tables
      where database = 'journal' and name in {replicas:Array(String)}`,
    query_params: { replicas },
    format: 'JSONEachRow',
  });
  return new Set((await result.json<{ name: string }>()).map(({ name }) => name));
}

/** Those of the replicas whose changes a feed writes. */
export async function readFed(client: ClickHouseClient, replicas: readonly string[]): Promise<Set<string>> {
  const fed = await readJournaled(
    client,
    replicas.map((replica) => `${replica}${FEED}`),
  );
  return new Set(replicas.filter((replica) => fed.has(`${replica}${FEED}`)));
}

/**
 * From now on a replica's changes are written to the journal by the server, since its loader was begun without knowing that it has to.
 * Snapshot rows (ordinal 0) are read from the replica itself. Marked only when that has begun: see `markJournaled`.
 */
export async function feedJournal(
  client: ClickHouseClient,
  { source, replica, columns }: { source: string; replica: string; columns: readonly string[] },
): Promise<void> {
  const row = journalRow({ source, replica, columns, version: '_version', deleted: '_deleted' });
  const named = ['source', 'replica', '_version', '_deleted', 'columns', 'row'].map(
    (name, i) => `__row.${i + 1} as ${name}`,
  );
  // One that is there may be of fewer columns.
  await endFeed(client, replica);
  await client.command({
    query: `create materialized view if not exists ${feedOf(replica)} to ${JOURNAL} as
      select ${named.join(', ')} from (
        select tuple(${row}) as __row from raw.${quoteIdentifier(replica)} where bitAnd(_version, toUInt128(4294967295)) > 0
      )`,
  });
}

/** Whoever loads the replica writes its changes from now on. No streamed row of it may be on its way. */
export async function endFeed(client: ClickHouseClient, replica: string): Promise<void> {
  await client.command({ query: `drop view if exists ${feedOf(replica)} sync` });
}

/**
 * Changes of a replica that no position has yet do not count any more. Those below are read by models that are behind. A mark is added
 * to each, where removing them would mean to write their parts anew, and to wait for it.
 */
export async function voidChanges(
  client: ClickHouseClient,
  { source, replica }: { source: string; replica: string },
): Promise<void> {
  const reached = (await readPositions(client)).find((position) => position.source === source);
  await client.command({
    query: `${INTO_JOURNAL}
      select source, replica, _version, ${VOID}, '', ''
      from ${JOURNAL}
      where source = {source:String} and replica = {replica:String} and _version >= {floor:UInt128} and _deleted != ${VOID}`,
    query_params: { source, replica, floor: reached?.floor ?? '0' },
    clickhouse_settings: { max_partitions_per_insert_block: '0' },
  });
}

function feedOf(replica: string): string {
  return `journal.${quoteIdentifier(`${replica}${FEED}`)}`;
}
