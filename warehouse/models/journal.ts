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

/** A change of a source table's kept rows: a row as it was and as it is. */
export type OnChange = (table: SourceTable, before: string | undefined, after: string | undefined) => void;

/**
 * Applies the streamed changes of ranges to the kept rows of their tables, in the order of each table's versions, and
 * answers how many rows changed. One query for all tables: most of a small batch's time is asking.
 */
export async function applyJournals(options: {
  client: ClickHouseClient;
  tables: readonly { table: SourceTable; range: VersionRange }[];
  onChange: OnChange;
}): Promise<number> {
  const { client, tables, onChange } = options;
  if (tables.length === 0) return 0;
  const parameters: Record<string, string> = {};
  const parts = tables.map(({ table, range }, n) => {
    parameters[`from${n}`] = range.from;
    parameters[`to${n}`] = range.to;
    const columns = table.columns.map((column) => quoteIdentifier(column.name)).join(', ');
    return `(
      select ${n} as n, _version as version, _deleted as removed, formatRowNoNewline('TabSeparated', ${columns}) as row
      from journal.${quoteIdentifier(table.replica)}
      where _version >= {from${n}:UInt128} and _version < {to${n}:UInt128}
      order by _version
    )`;
  });
  const result = await client.query({
    query: parts.join('\nunion all\n'),
    query_params: parameters,
    format: 'TabSeparatedRaw',
    // Parts are read side by side; without its own sorting a table's rows would come in any order.
    clickhouse_settings: { query_plan_remove_redundant_sorting: 0 },
  });
  const lastVersions = tables.map(() => '0');
  let changes = 0;
  for await (const lines of result.stream()) {
    for (const { text } of lines as { text: string }[]) {
      const [n, version, removed, rowAt] = headOf(text);
      const { table } = tables[n] as { table: SourceTable };
      if (isLess(version, lastVersions[n] as string)) throw new Error(`journal of ${table.name} is out of order`);
      lastVersions[n] = version;
      const row = text.slice(rowAt);
      const before = removed ? table.rows.remove(table.rows.keyOf(row)) : table.rows.put(row);
      const after = removed ? undefined : row;
      if (before === after) continue;
      changes++;
      onChange(table, before, after);
    }
  }
  return changes;
}

/** `n`, version, removed and where the row begins: the row itself has tabs too. */
function headOf(line: string): [n: number, version: string, removed: boolean, rowAt: number] {
  const first = line.indexOf('\t');
  const second = line.indexOf('\t', first + 1);
  return [Number(line.slice(0, first)), line.slice(first + 1, second), line[second + 1] === '1', second + 3];
}

/** Of two whole numbers as text, without leading zeros. */
function isLess(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

/** Drops the partitions of a journal that lie wholly below a version: the models have taken them over. */
export async function trimJournal(client: ClickHouseClient, replica: string, below: string): Promise<void> {
  const result = await client.query({
    query: `
      select partition
      from system.parts
      where database = 'journal' and table = {table:String} and active
      group by partition
      having toUInt64(partition) < toUInt64(bitShiftRight(toUInt128({below:String}), 60))`,
    query_params: { table: replica, below },
    format: 'JSONEachRow',
  });
  for (const { partition } of await result.json<{ partition: string }>()) {
    await client.command({ query: `alter table journal.${quoteIdentifier(replica)} drop partition ${partition}` });
  }
}
