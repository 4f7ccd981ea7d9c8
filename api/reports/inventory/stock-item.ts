import type { TextRow } from '../../warehouse-reader.ts';
import type { Day } from '../calendar.ts';
import { unitsOf } from '../decimal.ts';
import type { DayMovement } from './stock-days.ts';

/** A product in a warehouse, or in all of them. */
export interface StockItem {
  readonly productId: string;
  readonly sku: string;
  readonly product: string;
  readonly category: string;
  readonly warehouseId: string;
  readonly warehouse: string;
  readonly onHand: bigint;
  readonly reserved: bigint;
  /** Hundredths, as all amounts. */
  readonly unitCost: bigint;
  readonly inventoryValue: bigint;
  /** Units that came in, less those that left, since the window's end. */
  readonly movedSince: bigint;
  readonly firstMoved: Day | null;
  readonly lastSale: Day | null;
  readonly movements: readonly DayMovement[];
}

export function stockItem(row: TextRow): StockItem {
  return {
    productId: row.product_id_text ?? '',
    sku: row.sku ?? '',
    product: row.product ?? '',
    category: row.category ?? '',
    warehouseId: row.warehouse_id_text ?? '',
    warehouse: row.warehouse ?? '',
    onHand: BigInt(row.on_hand ?? '0'),
    reserved: BigInt(row.reserved ?? '0'),
    unitCost: unitsOf(row.unit_cost ?? '0', 2),
    inventoryValue: unitsOf(row.inventory_value ?? '0', 2),
    movedSince: BigInt(row.moved_since ?? '0'),
    firstMoved: dayOrNull(row.first_moved),
    lastSale: dayOrNull(row.last_sale),
    movements: movementsOf(row.days ?? ''),
  };
}

function dayOrNull(text: string | null | undefined): Day | null {
  return text === null || text === undefined ? null : Number(text);
}

function movementsOf(text: string): DayMovement[] {
  if (text === '') return [];
  return text.split(',').map((each) => {
    const [day = 0, net = 0, shipped = 0] = each.split(':').map(Number);
    return { day, net, shipped };
  });
}
