import type { AssessedItem } from './assess-items.ts';
import { daysOfCover, turnover } from './stock-ratios.ts';

/** Sums of the items of a warehouse or category. Amounts in hundredths. */
export interface StockGroup {
  readonly first: AssessedItem;
  readonly items: number;
  readonly products: number;
  readonly onHand: bigint;
  readonly reserved: bigint;
  readonly available: bigint;
  readonly inventoryValue: bigint;
  readonly demandUnits: bigint;
  readonly demandValue: bigint;
  readonly deadValue: bigint;
  readonly statuses: Readonly<Record<AssessedItem['status'], number>>;
  readonly daysOfCover: number | null;
  readonly turnover: number | null;
}

/**
 * Units of different products say little together, so cover and turnover of a group are in value at cost: of what is available and
 * what a day's mean demand costs, of what was shipped and what was there on average.
 */
export function stockGroup(items: readonly [AssessedItem, ...AssessedItem[]], windowDays: number): StockGroup {
  const sum = (of: (item: AssessedItem) => bigint) => items.reduce((total, item) => total + of(item), 0n);
  const valued = (of: (item: AssessedItem) => number | null) =>
    items.reduce((total, each) => total + (of(each) ?? 0) * Number(each.item.unitCost), 0);
  const count = (status: AssessedItem['status']) => items.filter((item) => item.status === status).length;
  const isKnown = items.some(({ statistics }) => statistics.mean !== null);
  const shipped = sum(({ demandValue }) => demandValue);
  return {
    first: items[0],
    items: items.length,
    products: new Set(items.map(({ item }) => item.productId)).size,
    onHand: sum(({ item }) => item.onHand),
    reserved: sum(({ item }) => item.reserved),
    available: sum(({ available }) => available),
    inventoryValue: sum(({ item }) => item.inventoryValue),
    demandUnits: sum(({ demandUnits }) => demandUnits),
    demandValue: shipped,
    deadValue: sum(({ item, status }) => (status === 'dead' ? item.inventoryValue : 0n)),
    statuses: {
      ok: count('ok'),
      reorder: count('reorder'),
      out_of_stock: count('out_of_stock'),
      dead: count('dead'),
      idle: count('idle'),
    },
    daysOfCover: daysOfCover(
      valued(({ available }) => Number(available)),
      isKnown ? valued(({ statistics }) => statistics.mean) : null,
    ),
    turnover: turnover(
      Number(shipped),
      windowDays,
      valued(({ days }) => days.meanStock),
    ),
  };
}
