import type { ClickHouseClient } from '@clickhouse/client';
import { quoteString } from '../clickhouse/quote.ts';
import { JOURNAL, startOfPartition, VOID } from '../load/journal/journal-table.ts';
import { createRowReader } from './journaled-row.ts';
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
  const replicas = [...new Set(tables.map(({ table }) => table.replica))];
  const parameters: Record<string, string> = {};
  const ranges = [...Map.groupBy(tables, ({ table }) => table.source)].map(([source, of], n) => {
    const from = of.map(({ range }) => range.from).reduce((least, each) => (isLess(each, least) ? each : least));
    const to = of.map(({ range }) => range.to).reduce((most, each) => (isLess(most, each) ? each : most));
    Object.assign(parameters, { [`source${n}`]: source, [`from${n}`]: from, [`to${n}`]: to });
    return `source = {source${n}:String} and _version >= {from${n}:UInt128} and _version < {to${n}:UInt128}`;
  });
  const result = await client.query({
    query: `
      select _version as version, _deleted as mark, indexOf({replicas:Array(String)}, toString(replica)) as n, columns, row
      from ${JOURNAL}
      where replica in {replicas:Array(String)} and (${ranges.map((range) => `(${range})`).join(' or ')})
      order by replica, _version, _deleted != ${VOID}, _deleted`,
    query_params: { ...parameters, replicas },
    format: 'TabSeparatedRaw',
  });
  // A table may be there twice, with other columns.
  const byReplica = Map.groupBy(
    tables.map((each) => ({ ...each, last: '0', voided: '', rowIn: createRowReader(each.table.columns) })),
    ({ table }) => replicas.indexOf(table.replica) + 1,
  );
  let changes = 0;
  for await (const lines of result.stream()) {
    for (const { text } of lines as { text: string }[]) {
      const { version, mark, replica, columns, rowAt } = headOf(text);
      for (const each of byReplica.get(replica) ?? []) {
        const { table, range } = each;
        if (isLess(version, range.from) || !isLess(version, range.to)) continue;
        if (isLess(version, each.last)) throw new Error(`the journal of ${table.name} is out of order`);
        each.last = version;
        if (mark === VOID) each.voided = version;
        if (each.voided === version) continue;
        const removed = mark === 1;
        const row = each.rowIn(columns, text.slice(rowAt));
        const before = removed ? table.rows.remove(table.rows.keyOf(row)) : table.rows.put(row);
        const after = removed ? undefined : row;
        if (before === after) continue;
        changes++;
        onChange(table, before, after);
      }
    }
  }
  return changes;
}

interface Head {
  readonly version: string;
  readonly mark: number;
  /** Which of the replicas, from 1. */
  readonly replica: number;
  readonly columns: string;
  /** Where the row begins: it has tabs too. */
  readonly rowAt: number;
}

function headOf(line: string): Head {
  const first = line.indexOf('\t');
  const third = line.indexOf('\t', first + 3);
  const fourth = line.indexOf('\t', third + 1);
  return {
    version: line.slice(0, first),
    mark: Number(line[first + 1]),
    replica: Number(line.slice(first + 3, third)),
    columns: line.slice(third + 1, fourth),
    rowAt: fourth + 1,
  };
}

/** Of two whole numbers as text, without leading zeros. */
function isLess(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

/** Drops the partitions of a source's changes that lie wholly below a version: the models have taken them over. */
export async function trimJournal(client: ClickHouseClient, source: string, below: string): Promise<void> {
  const result = await client.query({
    query: `
      select distinct _partition_id as partition
      from ${JOURNAL}
      where source = {source:String} and _version < {before:UInt128}`,
    query_params: { source, before: startOfPartition(BigInt(below)).toString() },
    format: 'JSONEachRow',
  });
  for (const { partition } of await result.json<{ partition: string }>()) {
    await client.command({ query: `alter table ${JOURNAL} drop partition id ${quoteString(partition)}` });
  }
}
