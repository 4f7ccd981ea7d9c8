import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import { type ComparedReplica, keyTexts, namesOf } from './compared-replica.ts';
import type { DifferenceKind } from './judge-row.ts';
import type { Key } from './look.ts';
import type { ColumnDifference, Example } from './result.ts';
import type { ScratchTable } from './scratch-table.ts';

/** Characters of a value that are shown. */
const SHOWN = 200;

export interface Differing {
  readonly key: Key;
  readonly kind: DifferenceKind;
  /** Of what lies under the key in the replica. */
  readonly newestVersion: bigint | null;
}

/** Names the columns in which rows differ that were just looked at; with their values where those are asked for. */
export async function describeDifferences(options: {
  client: ClickHouseClient;
  replica: ComparedReplica;
  differing: readonly Differing[];
  /** Of the look. */
  rows: ScratchTable;
  /** The keys of `differing`, or more. */
  keys: ScratchTable;
  showValues: boolean;
}): Promise<Example[]> {
  const { client, replica, differing, rows, keys, showValues } = options;
  const key = namesOf(replica.key);
  const columns = replica.compared.map(({ name }) => quoteIdentifier(name));
  const hashes = columns.map((column) => `toString(sipHash64(formatRow('RowBinary', ${column})))`);
  // What it cannot hold rather than NULL stands for a value that is not asked for.
  const values = columns.map((column) =>
    showValues ? `substringUTF8(formatRowNoNewline('TabSeparated', ${column}), 1, ${SHOWN})` : "''",
  );
  const part = (side: number, from: string): string => `
    select ${keyTexts(replica)} as _verify_key, ${side} as _verify_side, [${hashes.join(', ')}] as _verify_hashes,
      [${values.join(', ')}] as _verify_values
    from ${from}
    where (${key}) in (select ${key} from ${keys.name})`;
  const result = await client.query({
    query: `${part(1, rows.name)} union all ${part(2, `${replica.from} final`)}`,
    format: 'JSONCompactEachRow',
  });
  const sides = { 1: new Map<string, Side>(), 2: new Map<string, Side>() };
  for (const [found, side, ...line] of await result.json<[Key, 1 | 2, string[], string[]]>()) {
    sides[side].set(JSON.stringify(found), { hashes: line[0], values: line[1] });
  }
  return differing.map(({ key: texts, kind }) => {
    const at = JSON.stringify(texts);
    return {
      key: Object.fromEntries(replica.key.map(({ name }, i) => [name, texts[i] as string])),
      kind,
      columns: columnDifferences({
        names: replica.compared.map(({ name }) => name),
        expected: sides[1].get(at),
        found: sides[2].get(at),
        showValues,
      }),
    };
  });
}

interface Side {
  readonly hashes: readonly string[];
  readonly values: readonly string[];
}

/** Of rows that both sides have, the columns that differ; of a row that one side has, all of it where values are shown. */
export function columnDifferences(options: {
  names: readonly string[];
  expected: Side | undefined;
  found: Side | undefined;
  showValues: boolean;
}): ColumnDifference[] {
  const { names, expected, found, showValues } = options;
  const isWhole = expected !== undefined && found !== undefined;
  if (!isWhole && !showValues) return [];
  return names.flatMap((column, i) => {
    if (expected?.hashes[i] === found?.hashes[i]) return [];
    if (!showValues) return { column };
    return {
      column,
      ...(expected !== undefined && { expected: shownValue(expected.values[i]) }),
      ...(found !== undefined && { found: shownValue(found.values[i]) }),
    };
  });
}

function shownValue(text: string | undefined): string | null {
  return text === undefined || text === '\\N' ? null : text;
}
