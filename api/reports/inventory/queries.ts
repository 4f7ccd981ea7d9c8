import { modelAt, partsAt } from '../../../warehouse/published/published.ts';
import type { ReaderQuery } from '../../warehouse-reader.ts';
import type { DayRange } from '../calendar.ts';
import { UNKNOWN } from '../unknown.ts';
import type { InventoryValues } from './parameters.ts';

function known(column: string): string {
  return `ifNull(nullIf(${column}, ''), '${UNKNOWN}')`;
}

/** The last day with any movement of stock, as its number; null when nothing ever moved. */
export function lastMovementQuery(watermark: string): ReaderQuery {
  return {
    name: 'inventory_last_movement',
    sql: `
      select toString(maxOrNull(toInt32(movement_date))) as last
      from (
        select movement_date from ${partsAt('daily_inventory_cube')} group by movement_date having sum(movements) != 0
      )`,
    parameters: { watermark },
  };
}

/**
 * A row for each product and warehouse (or product) that has a stock level or ever moved, with each day of the window that
 * something moved on, as `day:net:shipped` joined by commas.
 */
export function itemsQuery(options: {
  watermark: string;
  values: InventoryValues;
  window: DayRange;
  maxItems: number;
}): ReaderQuery {
  const { watermark, values, window, maxItems } = options;
  const warehouse = values.by === 'product' ? 'toInt64(0)' : 'warehouse_id';
  const within = [
    ...(values.product_id.length > 0 ? ['has({products:Array(Int64)}, product_id)'] : []),
    ...(values.warehouse_id.length > 0 ? ['has({warehouses:Array(Int64)}, warehouse_id)'] : []),
  ];
  const where = within.length > 0 ? `where ${within.join(' and ')}` : '';
  return {
    name: 'inventory_items',
    sql: `
      select
        toString(i.product_id) as product_id_text,
        toString(i.place) as warehouse_id_text,
        ${known('p.sku')} as sku,
        ${known('p.name')} as product,
        ${known('p.category')} as category,
        ${known('w.code')} as warehouse,
        toDecimalString(toDecimal128(p.cost, 2), 2) as unit_cost,
        toString(i.on_hand) as on_hand,
        toString(i.reserved) as reserved,
        toDecimalString(i.inventory_value, 2) as inventory_value,
        toString(i.moved_since) as moved_since,
        toString(i.first_moved) as first_moved,
        toString(i.last_sale) as last_sale,
        arrayStringConcat(arrayMap(t -> concat(toString(t.1), ':', toString(t.2), ':', toString(t.3)), i.days), ',') as days
      from (
        select
          product_id, place,
          sum(s.on_hand) as on_hand,
          sum(s.reserved) as reserved,
          sum(s.inventory_value) as inventory_value,
          sumIf(s.net, s.day > {to:Int32}) as moved_since,
          minOrNullIf(s.day, s.movements != 0) as first_moved,
          maxOrNullIf(s.day, s.shipped > 0 and s.day <= {to:Int32}) as last_sale,
          groupArrayIf((s.day, s.net, s.shipped), s.movements != 0 and s.day between {from:Int32} and {to:Int32}) as days
        from (
          select product_id, ${warehouse} as place, on_hand, reserved, inventory_value,
            toInt32(0) as day, toInt64(0) as net, toInt64(0) as shipped, toInt64(0) as movements
          from ${modelAt('inventory_position')}
          ${where}
          union all
          select product_id, ${warehouse} as place, toInt64(0), toInt64(0), toDecimal128(0, 2),
            toInt32(movement_date), toInt64(sum(c.net_quantity)), toInt64(-sum(c.shipped)), toInt64(sum(c.movements))
          from ${partsAt('daily_inventory_cube')} as c
          ${where}
          group by product_id, place, movement_date
          having sum(c.movements) != 0
        ) as s
        group by product_id, place
      ) as i
      left any join (select product_id, sku, name, category, cost from ${modelAt('product_dimension')}) as p
        on p.product_id = i.product_id
      left any join (select warehouse_id, code from ${modelAt('warehouse_dimension')}) as w on w.warehouse_id = i.place
      ${values.category.length > 0 ? `where has({categories:Array(String)}, ${known('p.category')})` : ''}
      order by i.product_id, i.place
      limit {max_items:UInt64}`,
    parameters: {
      watermark,
      products: values.product_id,
      warehouses: values.warehouse_id,
      categories: values.category,
      from: window.from,
      to: window.to,
      max_items: maxItems,
    },
  };
}
