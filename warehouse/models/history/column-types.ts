import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { quoteString } from '../../clickhouse/quote.ts';
import { isRetryable } from '../../clickhouse/retryable.ts';
import type { ModelColumn } from '../store/model-table.ts';
import { commonKey, GONE, type StoredColumn } from './column-steps.ts';

/** What `columnSteps` asks about types; the server knows. */
export async function typesFor(
  client: ClickHouseClient,
  stored: readonly StoredColumn[],
  wanted: readonly ModelColumn[],
): Promise<{ common: Map<string, string | null>; nullable: Map<string, string> }> {
  const common = new Map<string, string | null>();
  const nullable = new Map<string, string>();
  const withNull = async (type: string) => {
    if (!nullable.has(type)) nullable.set(type, (await typeOf(client, `toNullable(${defaultOf(type)})`)) ?? type);
  };
  for (const { name, type } of wanted) {
    const column = stored.find((each) => each.name === name);
    if (column?.type === type) continue;
    await withNull(type);
    if (column === undefined) continue;
    await withNull(column.type);
    const both = await typeOf(client, `if(rand() > 0, ${defaultOf(column.type)}, ${defaultOf(type)})`);
    common.set(commonKey(column.type, type), both);
  }
  for (const { name, type, comment } of stored) {
    if (comment !== GONE && !wanted.some((each) => each.name === name)) await withNull(type);
  }
  return { common, nullable };
}

/** Null where the server knows of none. */
async function typeOf(client: ClickHouseClient, expression: string): Promise<string | null> {
  try {
    const result = await client.query({
      query: `select toTypeName(${expression}) as type`,
      format: 'JSONEachRow',
      clickhouse_settings: { use_variant_as_common_type: 0 },
    });
    return (await result.json<{ type: string }>())[0]?.type ?? null;
  } catch (error) {
    if (!(error instanceof ClickHouseError) || isRetryable(error)) throw error;
    return null;
  }
}

function defaultOf(type: string): string {
  return `defaultValueOfTypeName(${quoteString(type)})`;
}
