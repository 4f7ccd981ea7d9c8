import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';
import { MODEL_ERRORS } from '../errors.ts';
import type { TableDefinition } from '../project/project.ts';

/**
 * How a kept model lies in `store`, so that readers of one watermark are never disturbed by the next:
 *
 * - by_key: every version of a row with the batches between which it held, `[_from, _to)`. A row that changes is closed
 *   by writing it again with its `_to` (same sorting key, higher `_version`), and opened anew. No merge can lose what
 *   a published watermark needs.
 * - additive: signed differences with their batch. The sum up to a batch is the cube at that batch.
 * - static: plain rows.
 */
export interface ModelTable {
  readonly model: TableDefinition;
  /** Table in `store`: of one version of the model. */
  readonly name: string;
  readonly columns: readonly ModelColumn[];
}

export interface ModelColumn {
  readonly name: string;
  readonly type: string;
}

/** Of a cube. */
export const BATCHES_PER_PARTITION = 1000;

/** `_to` of a row that holds. */
export const OPEN_END = '18446744073709551615';

/** The table of a version of a model; no two versions of any models have one number. */
export function storeTableName(model: string, number: number): string {
  return `${model}__g${number}`;
}

export function qualifiedStoreTable(table: ModelTable): string {
  return `store.${quoteIdentifier(table.name)}`;
}

/** Structure of an external table with these columns. */
export function structureOf(columns: readonly ModelColumn[]): string {
  return columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(', ');
}

/** Measures of an additive model: every column that is not part of its unique key. */
export function measuresOf(table: ModelTable): ModelColumn[] {
  return table.columns.filter((column) => !table.model.uniqueKey.includes(column.name));
}

/** Differences have a sign, so counts are kept in signed integers. Throws MR-MODEL-002 for a type that does not add up exactly. */
export function differenceType(model: TableDefinition, column: ModelColumn): string {
  if (/^(Int\d+|Decimal\(.*\))$/.test(column.type)) return column.type;
  const unsigned = /^UInt(\d+)$/.exec(column.type);
  if (unsigned !== null) return `Int${Math.max(64, Number(unsigned[1]))}`;
  throw new MillraceError(
    MODEL_ERRORS.notMaintainable,
    `model ${model.name}: measure ${column.name} is ${column.type}, which does not add up exactly; use integers or decimals, or strategy 'by_key'`,
  );
}

export async function createModelTable(client: ClickHouseClient, table: ModelTable): Promise<void> {
  await client.command({ query: `drop table if exists ${qualifiedStoreTable(table)} sync` });
  await client.command({ query: definitionOf(table) });
}

function definitionOf(table: ModelTable): string {
  const { model, columns } = table;
  const key = model.uniqueKey.map(quoteIdentifier).join(', ');
  const rest = `${TABLE_SETTINGS} comment ${quoteString(model.description)}`;
  for (const name of model.uniqueKey) {
    if (columns.some((column) => column.name === name)) continue;
    throw new MillraceError(
      MODEL_ERRORS.notMaintainable,
      `model ${model.name}: unique_key names ${name}, which is no column of it`,
    );
  }
  switch (model.maintenance?.strategy) {
    case 'by_key':
      return `create table ${qualifiedStoreTable(table)} (
        ${structureOf(columns)}, _from UInt64, _to UInt64, _version UInt64
      ) engine = ReplacingMergeTree(_version) order by (${key}, _from) ${rest}`;
    case 'additive': {
      const kept = columns.map((column) => ({
        name: column.name,
        type: model.uniqueKey.includes(column.name) ? column.type : differenceType(model, column),
      }));
      return `create table ${qualifiedStoreTable(table)} (
        ${structureOf(kept)}, _batch UInt64, _folded Bool
      ) engine = MergeTree partition by (_folded, intDiv(_batch, ${BATCHES_PER_PARTITION})) order by (${key}) ${rest}`;
    }
    default:
      return `create table ${qualifiedStoreTable(table)} (${structureOf(columns)}) engine = MergeTree order by (${key}) ${rest}`;
  }
}
