import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { atView, partsView } from '../../published/published.ts';
import type { TableDefinition } from '../project/project.ts';
import { selectSince } from './former-views.ts';
import { type ModelTable, measuresOf, qualifiedStoreTable } from './model-table.ts';
import { isReadable } from './readable-states.ts';

/** The published watermark, as every view reads it. */
export const LATEST_WATERMARK = '(select watermark from millrace.watermarks order by watermark desc limit 1)';

/** What keeps a model's readers away from batches that were given up, or from any after the model failed. */
export interface Visibility {
  /** Batches whose rows are in the tables, but never became valid. */
  readonly abortedBatches: readonly string[];
  /** Last watermark that the model reached; null while it is kept up to date. */
  readonly lastWatermark: string | null;
  /** While what is built anew is not published: from which watermark on it is shown, and the view of what is shown before. */
  readonly since?: { readonly watermark: string; readonly former: string };
}

/**
 * Two views of a model: `store.<model>_at(watermark = n)`, and `marts.<model>` at the published watermark; of an additive one
 * also `store.<model>_parts_at(watermark = n)`. Replacing them is how a new build becomes visible. A watermark that cannot be
 * read any more is refused with MR-PUBLISHED-001.
 */
export async function createModelViews(
  client: ClickHouseClient,
  table: ModelTable,
  visibility: Visibility,
): Promise<void> {
  const { since } = visibility;
  const shown = (select: string) =>
    since === undefined ? `select * from (${select}) where ${isReadable(table.name)}` : selectSince(select, since);
  if (table.model.maintenance?.strategy === 'additive') {
    await client.command({
      query: `create or replace view ${partsView(table.model.name)} as ${shown(selectPartsAt(table, visibility))}`,
    });
  }
  await createViewsOver(client, table.model, shown(selectAt(table, visibility)));
}

/** The same over a query with the parameter `watermark`. */
export async function createViewsOver(
  client: ClickHouseClient,
  { name, description }: Pick<TableDefinition, 'name' | 'description'>,
  sql: string,
): Promise<void> {
  const comment = quoteString(description);
  await client.command({ query: `create or replace view ${atView(name)} as ${sql} comment ${comment}` });
  await client.command({
    query: `create or replace view marts.${quoteIdentifier(name)} as
      select * from ${atView(name)}(watermark = ${LATEST_WATERMARK}) comment ${comment}`,
  });
}

/** The tables in `store` that the views of models read, by the model's name; without those that show a former state, too. */
export async function readShownTables(client: ClickHouseClient): Promise<Map<string, ReadonlySet<string>>> {
  const result = await client.query({
    query: `
      select replaceRegexpOne(name, '_at$', '') as model, extractAll(as_select, '\\w+__g[0-9]+') as tables
      from system.tables
      where database = 'store' and engine = 'View' and endsWith(name, '_at') and not match(as_select, '_before_[0-9]+')`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ model: string; tables: string[] }>();
  return new Map(rows.map(({ model, tables }) => [model, new Set(tables)]));
}

/** Whether readers see the model, or history. */
export async function hasModelViews(client: ClickHouseClient, model: string): Promise<boolean> {
  const result = await client.query({
    query: "select 1 from system.tables where database = 'store' and name = {name:String}",
    query_params: { name: `${model}_at` },
    format: 'JSONEachRow',
  });
  return (await result.json()).length > 0;
}

/** Of a model that there is no more. */
export async function dropModelViews(client: ClickHouseClient, model: string): Promise<void> {
  await client.command({ query: `drop view if exists marts.${quoteIdentifier(model)}` });
  await client.command({ query: `drop view if exists ${atView(model)}` });
  await client.command({ query: `drop view if exists ${partsView(model)}` });
}

/** Of rows with `_from` and `_to`, as conditions: they hold from a watermark or an earlier one on; and still do at it. */
export function validityAt(watermark: string, abortedBatches: readonly string[]): { begun: string; open: string } {
  if (abortedBatches.length === 0) return { begun: `_from <= ${watermark}`, open: `_to > ${watermark}` };
  const aborted = abortedBatches.join(', ');
  return {
    begun: `_from <= ${watermark} and _from not in (${aborted})`,
    open: `(_to > ${watermark} or _to in (${aborted}))`,
  };
}

/** A table's rows, for queries that pass `watermark` (UInt64) as a parameter. */
export function selectAt(table: ModelTable, visibility: Visibility): string {
  const columns = table.columns.map((column) => quoteIdentifier(column.name)).join(', ');
  const source = qualifiedStoreTable(table);
  const watermark = watermarkOf(visibility);
  switch (table.model.maintenance?.strategy) {
    case 'by_key': {
      const { begun, open } = validityAt(watermark, visibility.abortedBatches);
      return `select ${columns} from ${source} final where ${begun} and ${open}`;
    }
    case 'additive': {
      const key = table.model.uniqueKey.map(quoteIdentifier).join(', ');
      const measures = measuresOf(table)
        .map(
          (measure) =>
            `cast(sum(t.${quoteIdentifier(measure.name)}), ${quoteString(measure.type)}) as ${quoteIdentifier(measure.name)}`,
        )
        .join(', ');
      const rowCount = quoteIdentifier(table.model.maintenance.row_count);
      return `select ${key}, ${measures}
        from ${source} as t
        where ${differencesAt(table, watermark, visibility.abortedBatches)}
        group by ${key}
        having sum(t.${rowCount}) != 0`;
    }
    default:
      return `select ${columns} from ${source} where {watermark:UInt64} >= 0`;
  }
}

/** Rows of an additive table that add up to its cells. */
function selectPartsAt(table: ModelTable, visibility: Visibility): string {
  const columns = table.columns.map((column) => quoteIdentifier(column.name)).join(', ');
  const differences = differencesAt(table, watermarkOf(visibility), visibility.abortedBatches);
  return `select ${columns} from ${qualifiedStoreTable(table)} where ${differences}`;
}

function watermarkOf({ lastWatermark }: Visibility): string {
  return lastWatermark === null ? '{watermark:UInt64}' : `least({watermark:UInt64}, toUInt64(${lastWatermark}))`;
}

/** Which rows of an additive table sum up to its cells at a watermark (an SQL expression). */
export function differencesAt(table: ModelTable, watermark: string, abortedBatches: readonly string[]): string {
  const folded = `(select max(horizon) from millrace.folds where store_table = ${quoteString(table.name)} and horizon <= ${watermark})`;
  const valid = abortedBatches.length === 0 ? '' : ` and _batch not in (${abortedBatches.join(', ')})`;
  return `((_folded and _batch = ${folded}) or (not _folded and _batch >= ${folded} and _batch <= ${watermark}))${valid}`;
}
