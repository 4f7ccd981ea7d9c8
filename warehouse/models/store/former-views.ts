import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import type { ModelColumn, ModelTable } from './model-table.ts';

/**
 * Where models are built anew, all at once, their tables hold rows of positions that are not published yet. Until the
 * build's watermark is, readers are shown what they saw before, by the views that there were; that watermark is then one step for
 * all models. Answers the views of former states, by model: of those that there were, with the same columns. Harmless when
 * run again for the same watermark after a crash.
 */
export async function keepFormerViews(
  client: ClickHouseClient,
  options: { readonly tables: readonly ModelTable[]; readonly watermark: string },
): Promise<Map<string, string>> {
  const { tables, watermark } = options;
  const definitions = await definitionsOf(client);
  const columns = await columnsOfMarts(client);
  const former = new Map<string, string>();
  for (const { model, columns: wanted } of tables) {
    const view = `${model.name}_before_${watermark}`;
    const definition = definitions.get(`${model.name}_at`);
    const isSame = columns.get(model.name) === columnsText(wanted);
    if (definition === undefined || !isSame) continue;
    // One that is there already was kept before a crash: what stands in its place since then shows it.
    if (!definitions.has(view)) {
      await client.command({ query: `create view store.${quoteIdentifier(view)} as ${definition}` });
    }
    former.set(model.name, view);
  }
  return former;
}

/** Of a model's rows: those of the build from its watermark on, below it what was shown before. */
export function selectSince(select: string, since: { readonly watermark: string; readonly former: string }): string {
  const former = `store.${quoteIdentifier(since.former)}(watermark = {watermark:UInt64})`;
  return `select * from (${select}) where {watermark:UInt64} >= ${BigInt(since.watermark)}
    union all
    select * from ${former} where {watermark:UInt64} < ${BigInt(since.watermark)}`;
}

/** When no view shows former states any more. */
export async function dropFormerViews(client: ClickHouseClient): Promise<void> {
  for (const name of (await definitionsOf(client)).keys()) {
    if (/_before_\d+$/.test(name))
      await client.command({ query: `drop view if exists store.${quoteIdentifier(name)}` });
  }
}

/** The server writes a named tuple over several lines in one place, and in one line in another. */
function columnsText(columns: readonly ModelColumn[]): string {
  return JSON.stringify(columns.map(({ name, type }) => [name, type.replaceAll(/\s/g, '')]));
}

async function definitionsOf(client: ClickHouseClient): Promise<Map<string, string>> {
  const result = await client.query({
    query: "select name, as_select from system.tables where database = 'store' and engine = 'View'",
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ name: string; as_select: string }>();
  return new Map(rows.map((row) => [row.name, row.as_select]));
}

async function columnsOfMarts(client: ClickHouseClient): Promise<Map<string, string>> {
  const result = await client.query({
    query: `
      select table, groupArray([name, type]) as columns
      from (select table, name, type from system.columns where database = 'marts' order by table, position)
      group by table`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ table: string; columns: [string, string][] }>();
  return new Map(
    rows.map(({ table, columns }) => [table, columnsText(columns.map(([name, type]) => ({ name, type })))]),
  );
}
