import type { ClickHouseClient } from '@clickhouse/client';
import { modelAt } from '../published/published.ts';
import type { Spending } from './gamma-gamma.ts';
import { DAYS_PER_UNIT, historiesSql } from './history-sql.ts';
import type { PurchaseHistories } from './purchase-history.ts';

/** First and last day with an order, since 1970. */
export interface ObservedDays {
  readonly first: number;
  readonly last: number;
}

/** What the state of a watermark tells, up to `end`; and what was bought behind it until `observed`. */
export interface HistoriesAt {
  readonly client: ClickHouseClient;
  readonly watermark: string;
  readonly end: number;
  readonly observed: number;
  readonly signal: AbortSignal;
}

/** Histories, with the purchases that each customer of a group made later. */
export interface ObservedHistories extends PurchaseHistories {
  readonly laterPurchases: Float64Array;
}

/** Null: there was no order of a known customer. */
export async function readObservedDays(
  client: ClickHouseClient,
  watermark: string,
  signal: AbortSignal,
): Promise<ObservedDays | null> {
  const [first, last, orders] = await readColumns(client, {
    query: `
      select toFloat64(min(toInt32(order_date))), toFloat64(max(toInt32(order_date))), toFloat64(count())
      from ${modelAt('sales_fact')}
      where customer_id != 0`,
    columns: 3,
    parameters: { watermark },
    signal,
  });
  return orders?.[0] ? { first: first?.[0] as number, last: last?.[0] as number } : null;
}

/** The engine puts customers who are alike together. In a fixed order, so that the same state gives the same sums to the last digit. */
export async function readHistories({
  client,
  watermark,
  end,
  observed,
  signal,
}: HistoriesAt): Promise<ObservedHistories> {
  const [frequency, recency, age, laterPurchases, customers] = (await readColumns(client, {
    query: `
      select toFloat64(frequency), toFloat64(recency_days) / ${DAYS_PER_UNIT}, toFloat64(age_days) / ${DAYS_PER_UNIT},
        toFloat64(later_purchases), toFloat64(count())
      from (${historiesSql()})
      group by frequency, recency_days, age_days, later_purchases
      order by frequency, recency_days, age_days, later_purchases`,
    columns: 5,
    parameters: { watermark, end, observed },
    signal,
  })) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  return { frequency, recency, age, customers, laterPurchases };
}

/** Of customers with a repeat purchase of some value. */
export async function readSpending({ client, watermark, end, signal }: HistoriesAt): Promise<Spending> {
  const [frequency, meanValue] = (await readColumns(client, {
    query: `
      select toFloat64(spending_purchases), toFloat64(spending_value) / spending_purchases as mean
      from (${historiesSql()})
      where spending_purchases > 0 and spending_value > 0
      order by spending_purchases, mean`,
    columns: 2,
    parameters: { watermark, end, observed: end },
    signal,
  })) as [Float64Array, Float64Array];
  return { frequency, meanValue };
}

/** A query of doubles, a million rows of them without an object for each. */
async function readColumns(
  client: ClickHouseClient,
  options: { query: string; columns: number; parameters: Record<string, unknown>; signal: AbortSignal },
): Promise<Float64Array[]> {
  const { stream } = await client.exec({
    query: `${options.query}\nformat RowBinary`,
    query_params: options.parameters,
    abort_signal: options.signal,
    clickhouse_settings: { wait_end_of_query: 1 },
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const bytes = new Uint8Array(Buffer.concat(chunks));
  const values = new Float64Array(bytes.buffer);
  const rows = values.length / options.columns;
  return Array.from({ length: options.columns }, (_, column) => {
    const found = new Float64Array(rows);
    for (let i = 0; i < rows; i++) found[i] = values[i * options.columns + column] as number;
    return found;
  });
}
