import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import type { ComparedModel } from './full-model.ts';
import type { Key } from './look.ts';

/** Beyond it, grouping goes on in files. */
const GROUPING_BYTES = 512 << 20;
/** Cells of one model that are looked at again. */
export const MOST_CELLS = 10_000;

export interface CellCounts {
  /** By full computation, and kept. */
  readonly full: number;
  readonly kept: number;
  /** Keys of cells that are not the same on both sides, at most MOST_CELLS. */
  readonly differing: readonly Key[];
}

/** One cell, as texts by column; what is not there is an empty list. */
export interface Cell {
  readonly key: Key;
  readonly full: readonly (readonly (string | null)[])[];
  readonly kept: readonly (readonly (string | null)[])[];
}

/** Counts the cells of both sides and names those that differ. */
export async function compareCells(
  client: ClickHouseClient,
  compared: ComparedModel,
  watermark: string,
): Promise<CellCounts> {
  const key = keyOf(compared).map(quoteIdentifier).join(', ');
  const hash = `sipHash128(formatRow('RowBinary', ${names(compared)}))`;
  const result = await client.query({
    query: `
      select toFloat64(sum(full)) as full, toFloat64(sum(kept)) as kept, groupArrayIf(${MOST_CELLS})(_verify_key, differs) as differing
      from (
        select ${keyTexts(keyOf(compared))} as _verify_key, countIf(_verify_side = 1) as full, countIf(_verify_side = 2) as kept,
          full != kept or uniqExact(_verify_row) != 1 as differs
        from (
          select ${key}, 1 as _verify_side, ${hash} as _verify_row from (${compared.full})
          union all
          select ${key}, 2 as _verify_side, ${hash} as _verify_row from (${compared.kept})
        )
        group by ${key}
      )`,
    query_params: { watermark },
    format: 'JSONEachRow',
    clickhouse_settings: { max_bytes_before_external_group_by: String(GROUPING_BYTES) },
  });
  const [row] = await result.json<CellCounts>();
  return row ?? { full: 0, kept: 0, differing: [] };
}

/** Both sides of some cells. */
export async function readCells(options: {
  client: ClickHouseClient;
  compared: ComparedModel;
  keys: readonly Key[];
  watermark: string;
}): Promise<Cell[]> {
  const { client, compared, keys, watermark } = options;
  const texts = compared.columns.map(({ name }) => `formatRowNoNewline('TabSeparated', ${quoteIdentifier(name)})`);
  const part = (side: number, from: string): string => `
    select ${keyTexts(keyOf(compared))} as _verify_key, ${side} as _verify_side, [${texts.join(', ')}] as _verify_texts
    from (${from})
    where _verify_key in (select arrayJoin({keys:Array(Array(String))}))`;
  const result = await client.query({
    query: `${part(1, compared.full)} union all ${part(2, compared.kept)}`,
    query_params: { watermark, keys },
    format: 'JSONCompactEachRow',
  });
  const cells = new Map(keys.map((key) => [JSON.stringify(key), { key, full: [] as Texts[], kept: [] as Texts[] }]));
  for (const [key, side, found] of await result.json<[Key, 1 | 2, string[]]>()) {
    const cell = cells.get(JSON.stringify(key));
    cell?.[side === 1 ? 'full' : 'kept'].push(found.map((text) => (text === '\\N' ? null : text)));
  }
  return [...cells.values()];
}

type Texts = (string | null)[];

function keyOf({ model, columns }: ComparedModel): readonly string[] {
  return model.uniqueKey.length > 0 ? model.uniqueKey : columns.map(({ name }) => name);
}

/** A key's columns as a list of texts. */
export function keyTexts(names: readonly string[]): string {
  return `[${names
    .map(quoteIdentifier)
    .map((column) => `ifNull(toString(${column}), '\\\\N')`)
    .join(', ')}]`;
}

function names({ columns }: ComparedModel): string {
  return columns.map(({ name }) => quoteIdentifier(name)).join(', ');
}
