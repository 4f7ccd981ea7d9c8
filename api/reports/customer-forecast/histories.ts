import { setImmediate } from 'node:timers/promises';
import type { TextRow } from '../../warehouse-reader.ts';
import { firstDayOf, periodOf, textOf } from '../calendar.ts';
import { unitsOf } from '../decimal.ts';
import type { ForecastGroup } from './parameters.ts';
import type { CustomerHistory } from './scorer.ts';

export interface KnownCustomer {
  readonly customerId: bigint;
  /** Since 1970. */
  readonly firstDay: number;
  readonly history: CustomerHistory;
  /** Cents of the spending purchases together, exact. */
  readonly spendingUnits: bigint;
  /** Of the customer; empty without `by`. */
  readonly group: string;
}

/** Calls for each customer of the rows of `historiesQuery`; lets other requests in between. */
export async function forEachCustomer(
  rows: readonly TextRow[],
  { end, by }: { end: number; by: ForecastGroup | null },
  visit: (customer: KnownCustomer) => void,
): Promise<void> {
  for (const row of rows) {
    const column = <T>(name: string) => JSON.parse(row[name] ?? '[]') as T[];
    const [ids, values, attributes] = [
      column<string>('customer_ids'),
      column<string>('spending_values'),
      column<string>('attributes'),
    ];
    const [frequencies, recencies, ages] = [
      column<number>('frequencies'),
      column<number>('recencies'),
      column<number>('ages'),
    ];
    const purchases = column<number>('spending_purchases');
    for (const [i, id] of ids.entries()) {
      const ageDays = ages[i] as number;
      const firstDay = end - ageDays;
      const spendingPurchases = purchases[i] as number;
      const spendingUnits = unitsOf(values[i] as string, 2);
      visit({
        customerId: BigInt(id),
        firstDay,
        spendingUnits,
        group: by === 'acquisition_month' ? monthOf(firstDay) : (attributes[i] ?? ''),
        history: {
          frequency: frequencies[i] as number,
          recencyDays: recencies[i] as number,
          ageDays,
          spendingPurchases,
          meanValue: spendingPurchases === 0 ? 0 : Number(spendingUnits) / 100 / spendingPurchases,
        },
      });
    }
    await setImmediate();
  }
}

export function monthOf(day: number): string {
  return textOf(firstDayOf('month', periodOf('month', day)));
}
