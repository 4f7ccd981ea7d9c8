import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import type { HistoryMaintenance } from '../models/project/maintenance.ts';
import type { Model } from '../models/project/project.ts';
import { IS_CURRENT } from '../models/project/snapshot-settings.ts';
import { modelAt } from '../published/published.ts';
import { type ComparedModel, columnsOfMart, inTypesOf } from './full-model.ts';

/**
 * A snapshot's current versions, and the rows that its model has: the same at every watermark. Null while there are none.
 * Columns that the model does not have are left out, and those that make no new version.
 */
export async function comparedHistory(
  client: ClickHouseClient,
  model: Model,
  maintenance: HistoryMaintenance,
): Promise<ComparedModel | null> {
  const [versions, rows] = await Promise.all([
    columnsOfMart(client, model.name),
    columnsOfMart(client, maintenance.relation),
  ]);
  const names = new Set(rows.map(({ name }) => name));
  const { check_cols: checked } = maintenance;
  const isCompared = (name: string) => checked === 'all' || checked.includes(name) || model.uniqueKey.includes(name);
  const columns = versions.filter(({ name }) => names.has(name) && isCompared(name));
  if (columns.length === 0) return null;
  return {
    model,
    columns,
    reads: [],
    kept: `select ${columns.map(({ name }) => quoteIdentifier(name)).join(', ')} from ${modelAt(model.name)} where ${IS_CURRENT}`,
    full: `select ${inTypesOf(columns)} from ${modelAt(maintenance.relation)}`,
  };
}

/**
 * Versions whose time is none, or that end later than the next one of their key begins, or hold beside it, as a `select` of
 * the key's columns; the parameter `watermark` says at which watermark.
 */
export function faultyVersions({ name, uniqueKey }: Model, maintenance: HistoryMaintenance): string {
  const key = uniqueKey.map(quoteIdentifier).join(', ');
  const [from, to] = [quoteIdentifier(maintenance.valid_from), quoteIdentifier(maintenance.valid_to)];
  return `
    select ${key}
    from (
      select ${key}, ${from} as _from, ${to} as _to, ${IS_CURRENT} as _is_current,
        leadInFrame(toNullable(${from})) over (
          partition by ${key} order by ${from} rows between current row and unbounded following
        ) as _next
      from ${modelAt(name)}
    )
    where _to <= _from or (_next is not null and (_to is null or _to > _next)) or _is_current != (_to is null)`;
}
