import { escapeLiteral as text } from 'pg';
import type { Random } from '../../warehouse/testing/random.ts';
import type { PlainQuestion } from './customers-sql.ts';

const STOCK = ['on_hand', 'reserved', 'available', 'inventory_value'];

/** Stock, its value and what was shipped; figures of statistics have tests of their own beside the report. */
export function randomInventory(random: Random): PlainQuestion {
  const { pick, below } = random;
  const by = pick([null, 'product', 'warehouse', 'category']);
  const isGroup = by === 'warehouse' || by === 'category';
  const warehouses = pick([[], [], [1, 2], [3]]);
  const products = pick([[], [], [1, 2, 3, 4, 5, 9, 12]]);
  const categories = pick([[], [], ['Stems', '(unknown)', 'Books']]);
  const days = 1 + below(400);
  const end = new Date(Date.UTC(2024, 3, 1 + below(900))).toISOString().slice(0, 10);
  const query = new URLSearchParams({ limit: '10000', window_days: String(days), window_end: end });
  if (by !== null) query.set('by', by);
  for (const [name, values] of Object.entries({
    product_id: products,
    warehouse_id: warehouses,
    category: categories,
  })) {
    for (const value of values) query.append(name, String(value));
  }
  const conditions = [
    ...(products.length === 0 ? [] : [`i.product_id in (${products.join(', ')})`]),
    ...(warehouses.length === 0 ? [] : [`i.warehouse_id in (${warehouses.join(', ')})`]),
    ...(categories.length === 0
      ? []
      : [`named(c.names[cardinality(c.names)]) in (${categories.map((name) => text(name)).join(', ')})`]),
  ];
  const key = { product: ['product_id'], warehouse: ['warehouse_id'], category: ['category'] }[by ?? ''] ?? [
    'product_id',
    'warehouse_id',
  ];
  const names = {
    product_id: "'product_id', product_id::text, 'sku', min(sku), 'product', min(product), 'category', min(category)",
    warehouse_id: "'warehouse_id', warehouse_id::text, 'warehouse', min(warehouse)",
    category: "'category', category",
  };
  const shown = [
    'product_id',
    'warehouse_id',
    'sku',
    'product',
    'category',
    'warehouse',
    'unit_cost',
    'items',
    'products',
  ];
  return {
    address: `/v1/reports/inventory?${query}`,
    isOrdered: false,
    only: [...shown, ...STOCK, 'demand_units', 'demand_value', 'days_since_sale'],
    sql: `
      with items as (
        select product_id, warehouse_id from inventory.stock_levels
        union select product_id, warehouse_id from inventory.stock_movements
      ),
      known as (
        select i.*, coalesce(l.on_hand, 0) as on_hand, coalesce(l.reserved, 0) as reserved, coalesce(p.cost, 0) as cost,
          named(p.sku) as sku, named(p.name) as product, named(c.names[cardinality(c.names)]) as category,
          named(w.code) as warehouse
        from items as i
        left join inventory.stock_levels as l using (product_id, warehouse_id)
        left join inventory.products as p on p.id = i.product_id
        left join category_names as c on c.id = p.category_id
        left join inventory.warehouses as w on w.id = i.warehouse_id
        ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
      ),
      shipped as (
        select ${by === 'product' ? 'product_id, null::bigint as warehouse_id' : 'product_id, warehouse_id'}, day, greatest(-sum(quantity), 0) as units
        from (
          select m.*, (occurred_at at time zone 'UTC')::date as day from inventory.stock_movements as m
          join known using (product_id, warehouse_id)
          where kind = 'shipment'
        ) as m
        where day <= date '${end}'
        group by 1, 2, 3
      ),
      demand as (
        select product_id, warehouse_id, sum(units) filter (where day > date '${end}' - ${days}) as units,
          date '${end}' - max(day) as days_since_sale
        from shipped group by 1, 2
      ),
      whole as (
        select k.*, coalesce(${by === 'product' ? '(select d.units from demand as d where d.product_id = k.product_id)' : 'd.units'}, 0) as units,
          ${by === 'product' ? '(select d.days_since_sale from demand as d where d.product_id = k.product_id)' : 'd.days_since_sale'} as days_since_sale
        from known as k
        ${by === 'product' ? '' : 'left join demand as d using (product_id, warehouse_id)'}
      )
      select coalesce(json_agg(row), '[]')::text
      from (
        select json_build_object(
          ${key.map((name) => names[name as keyof typeof names]).join(', ')},
          ${isGroup ? "'items', count(*)::text, 'products', count(distinct product_id)::text," : "'unit_cost', min(cost)::numeric(38, 2)::text, 'days_since_sale', min(days_since_sale)::text,"}
          'on_hand', sum(on_hand)::text, 'reserved', sum(reserved)::text, 'available', sum(on_hand - reserved)::text,
          'inventory_value', sum(on_hand * cost)::numeric(38, 2)::text,
          'demand_units', ${by === 'product' ? 'min' : 'sum'}(units)::text,
          'demand_value', ${by === 'product' ? 'min' : 'sum'}(units * cost)::numeric(38, 2)::text
        ) as row
        from whole
        group by ${key.join(', ')}
      ) as rows`,
  };
}
