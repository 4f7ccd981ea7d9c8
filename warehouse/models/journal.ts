import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import type { SourceTable } from './maintain/tables.ts';

export interface VersionRange {
  /** UInt128 as text: changes at or above it ... */
  readonly from: string;
  /** ... and below it. */
  readonly to: string;
}

/** Streams lines of a query's TabSeparated answer. */
export async function* streamLines(
  client: ClickHouseClient,
  query: string,
  parameters: Record<string, unknown> = {},
): AsyncGenerator<string> {
  const result = await client.query({ query, query_params: parameters, format: 'TabSeparated' });
  for await (const rows of result.stream()) {
    for (const row of rows as { text: string }[]) yield row.text;
  }
}

/** Applies a source table's streamed changes of a range to its kept rows. `onChange` sees a row as it was and as it is. */
export async function applyJournal(options: {
  client: ClickHouseClient;
  table: SourceTable;
  range: VersionRange;
  onChange: (before: string | undefined, after: string | undefined) => void;
}): Promise<number> {
  const { client, table, range, onChange } = options;
  const columns = table.columns.map((column) => quoteIdentifier(column.name)).join(', ');
  const query = `
    select _deleted, ${columns}
    from journal.${quoteIdentifier(table.replica)}
    where _version >= {from:UInt128} and _version < {to:UInt128}
    order by _version`;
  let changes = 0;
  for await (const line of streamLines(client, query, { ...range })) {
    const removed = line.charCodeAt(0) === 49;
    const row = line.slice(2);
    const before = removed ? table.rows.remove(table.rows.keyOf(row)) : table.rows.put(row);
    const after = removed ? undefined : row;
    if (before === after) continue;
    changes++;
    onChange(before, after);
  }
  return changes;
}

/** Which of the tables have changes in their source's range: one query instead of one for each. */
export async function tablesWithChanges(
  client: ClickHouseClient,
  tables: readonly { table: SourceTable; range: VersionRange }[],
): Promise<Set<string>> {
  if (tables.length === 0) return new Set();
  const parameters: Record<string, string> = {};
  const parts = tables.map(({ table, range }, i) => {
    parameters[`from${i}`] = range.from;
    parameters[`to${i}`] = range.to;
    return `select ${i} as n from journal.${quoteIdentifier(table.replica)}
      where _version >= {from${i}:UInt128} and _version < {to${i}:UInt128} limit 1`;
  });
  const changed = new Set<string>();
  for await (const line of streamLines(client, parts.join('\nunion all\n'), parameters)) {
    changed.add((tables[Number(line)] as { table: SourceTable }).table.name);
  }
  return changed;
}

/** Drops the partitions of a journal that lie wholly below a version: the models have taken them over. */
export async function trimJournal(client: ClickHouseClient, table: SourceTable, below: string): Promise<void> {
  const result = await client.query({
    query: `
      select partition
      from system.parts
      where database = 'journal' and table = {table:String} and active
      group by partition
      having toUInt64(partition) < toUInt64(bitShiftRight(toUInt128({below:String}), 60))`,
    query_params: { table: table.replica, below },
    format: 'JSONEachRow',
  });
  for (const { partition } of await result.json<{ partition: string }>()) {
    await client.command({
      query: `alter table journal.${quoteIdentifier(table.replica)} drop partition ${partition}`,
    });
  }
}
