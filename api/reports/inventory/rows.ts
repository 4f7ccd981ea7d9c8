import { type JsonText, jsonText, objectText } from '../../http/exact-json.ts';
import { decimalText } from '../decimal.ts';
import { statisticText } from '../statistic-text.ts';
import type { AssessedItem } from './assess-items.ts';
import { STATUSES } from './classes.ts';
import type { GroupOrder, ItemOrder } from './parameters.ts';
import type { StockGroup } from './stock-groups.ts';

/** Places of statistics. */
const PLACES = 4;
const figure = (value: number | null) => statisticText(value, PLACES);
const amount = (units: bigint) => decimalText(units, 2);

export function itemText(row: AssessedItem, hasWarehouse: boolean): JsonText {
  const { item, days, statistics, leadTime } = row;
  return objectText([
    ['product_id', item.productId],
    ['sku', jsonText(item.sku)],
    ['product', jsonText(item.product)],
    ['category', jsonText(item.category)],
    ...(hasWarehouse ? warehouseMembers(item) : []),
    ['on_hand', item.onHand.toString()],
    ['reserved', item.reserved.toString()],
    ['available', row.available.toString()],
    ['unit_cost', amount(item.unitCost)],
    ['inventory_value', amount(item.inventoryValue)],
    ['status', jsonText(row.status)],
    ['abc', jsonText(row.abc)],
    ['xyz', jsonText(row.xyz)],
    ['days_with_stock', String(days.demand.length)],
    ['days_without_stock', String(days.daysWithoutStock)],
    ['days_since_sale', jsonText(row.daysSinceSale)],
    ['demand_units', row.demandUnits.toString()],
    ['demand_value', amount(row.demandValue)],
    ['demand_per_day', figure(statistics.mean)],
    ['demand_deviation', figure(statistics.deviation)],
    ['demand_variation', figure(statistics.variation)],
    ['mean_stock', figure(days.meanStock)],
    ['days_of_cover', figure(row.daysOfCover)],
    ['turnover', figure(row.turnover)],
    ['safety_stock', figure(leadTime.safetyStock)],
    ['reorder_point', figure(leadTime.reorderPoint)],
    ['stock_out_risk', figure(leadTime.stockOutRisk)],
    ['economic_order_quantity', figure(row.economicOrderQuantity)],
  ]);
}

export function groupText(row: StockGroup, by: 'warehouse' | 'category'): JsonText {
  const { item } = row.first;
  return objectText([
    ...(by === 'warehouse' ? warehouseMembers(item) : [['category', jsonText(item.category)] as const]),
    ['items', String(row.items)],
    ['products', String(row.products)],
    ['on_hand', row.onHand.toString()],
    ['reserved', row.reserved.toString()],
    ['available', row.available.toString()],
    ['inventory_value', amount(row.inventoryValue)],
    ...STATUSES.map((status): [string, JsonText] => [`items_${status}`, String(row.statuses[status])]),
    ['dead_value', amount(row.deadValue)],
    ['demand_units', row.demandUnits.toString()],
    ['demand_value', amount(row.demandValue)],
    ['days_of_cover', figure(row.daysOfCover)],
    ['turnover', figure(row.turnover)],
  ]);
}

function warehouseMembers(item: AssessedItem['item']): [string, JsonText][] {
  return [
    ['warehouse_id', item.warehouseId],
    ['warehouse', jsonText(item.warehouse)],
  ];
}

type Sortable = number | bigint | null;

export const GROUP_ORDER_VALUES: Readonly<Record<GroupOrder, (row: StockGroup) => Sortable>> = {
  on_hand: (row) => row.onHand,
  reserved: (row) => row.reserved,
  available: (row) => row.available,
  inventory_value: (row) => row.inventoryValue,
  demand_units: (row) => row.demandUnits,
  demand_value: (row) => row.demandValue,
  days_of_cover: (row) => row.daysOfCover,
  turnover: (row) => row.turnover,
};

export const ITEM_ORDER_VALUES: Readonly<Record<ItemOrder, (row: AssessedItem) => Sortable>> = {
  on_hand: ({ item }) => item.onHand,
  reserved: ({ item }) => item.reserved,
  available: (row) => row.available,
  inventory_value: ({ item }) => item.inventoryValue,
  demand_units: (row) => row.demandUnits,
  demand_value: (row) => row.demandValue,
  days_of_cover: (row) => row.daysOfCover,
  turnover: (row) => row.turnover,
  demand_per_day: ({ statistics }) => statistics.mean,
  safety_stock: ({ leadTime }) => leadTime.safetyStock,
  reorder_point: ({ leadTime }) => leadTime.reorderPoint,
  stock_out_risk: ({ leadTime }) => leadTime.stockOutRisk,
  days_without_stock: ({ days }) => days.daysWithoutStock,
  days_since_sale: (row) => row.daysSinceSale,
};

/** In the order of a value, those without one last; what is equal stays as it was. */
export function ordered<T>(rows: readonly T[], value: (row: T) => Sortable, direction: 'asc' | 'desc'): T[] {
  const sign = direction === 'asc' ? 1 : -1;
  return rows.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return left < right ? -sign : left > right ? sign : 0;
  });
}
