import type { Check } from './check.ts';

const TREE = `
  with recursive climb as (
    select id, parent_id as next, array[id] as ids, array[name] as names from categories
    union all
    select d.id, c.parent_id, c.id || d.ids, c.name || d.names
    from climb as d
    join categories as c on c.id = d.next
    where c.id <> all (d.ids)
  ),
  paths as (select distinct on (id) id, ids, names from climb order by id, cardinality(ids) desc)`;

export const INVENTORY_CHECKS: readonly Check[] = [
  {
    model: 'category_dimension',
    columns: ['category_id', 'parent_id', 'name', 'parent_name', 'level', 'path', 'level_1', 'level_2', 'level_3'],
    postgres: `${TREE}
      select id, coalesce(ids[cardinality(ids) - 1], 0), names[cardinality(names)],
        coalesce(names[cardinality(names) - 1], ''), cardinality(ids), array_to_string(names, ' > '), names[1],
        names[least(2, cardinality(names))], names[least(3, cardinality(names))]
      from paths
      union all
      select 0, 0, 'unknown', '', 0, 'unknown', 'unknown', 'unknown', 'unknown'`,
  },
  {
    model: 'product_dimension',
    columns: [
      ...['product_id', 'sku', 'name', 'category_id', 'category', 'parent_category', 'category_path'],
      ...['category_level', 'price', 'cost', 'is_active'],
    ],
    postgres: `${TREE}
      select p.id, sku, name, coalesce(category_id, 0), coalesce(names[cardinality(names)], ''),
        coalesce(names[cardinality(names) - 1], ''), coalesce(array_to_string(names, ' > '), 'unknown'),
        coalesce(cardinality(ids), 0), price, cost, is_active::text
      from products as p
      left join paths as c on c.id = p.category_id
      union all
      select 0, 'unknown', 'unknown', 0, 'unknown', '', 'unknown', 0, 0, 0, 'false'`,
  },
  {
    model: 'warehouse_dimension',
    columns: ['warehouse_id', 'code', 'name', 'country'],
    postgres: `select id, code, name, country from warehouses union all select 0, 'unknown', 'unknown', 'unknown'`,
  },
  {
    model: 'inventory_position',
    columns: [
      'product_id',
      'warehouse_id',
      'on_hand',
      'reserved',
      'available',
      'unit_cost',
      'inventory_value',
      'updated_at',
    ],
    postgres: `
      select product_id, warehouse_id, on_hand, reserved, on_hand - reserved, coalesce(cost, 0),
        coalesce(cost * on_hand, 0), s.updated_at
      from stock_levels as s
      left join products as p on p.id = s.product_id`,
  },
  {
    model: 'inventory_movement_fact',
    columns: [
      'movement_id',
      'product_id',
      'warehouse_id',
      'kind',
      'order_id',
      'occurred_at',
      'movement_date',
      'quantity',
    ],
    postgres: `
      select id, product_id, warehouse_id, kind, coalesce(order_id, 0), occurred_at, occurred_at::date, quantity
      from stock_movements`,
  },
  {
    model: 'daily_inventory_cube',
    columns: [
      ...['movement_date', 'product_id', 'warehouse_id', 'received', 'shipped', 'returned', 'adjusted'],
      ...['net_quantity', 'movements'],
    ],
    postgres: `
      select occurred_at::date, product_id, warehouse_id, ${['receipt', 'shipment', 'return', 'adjustment']
        .map((kind) => `coalesce(sum(quantity) filter (where kind = '${kind}'), 0)`)
        .join(', ')}, sum(quantity), count(*)
      from stock_movements
      group by occurred_at::date, product_id, warehouse_id`,
  },
  {
    model: 'inventory_snapshot',
    // Of some products: it has a row for each day.
    from: '(select * from marts.inventory_snapshot where product_id <= 3)',
    columns: ['product_id', 'warehouse_id', 'date', 'on_hand', 'received'],
    postgres: `
      with daily as (
        select product_id, warehouse_id, occurred_at::date as day, sum(quantity) as quantity,
          coalesce(sum(quantity) filter (where kind = 'receipt'), 0) as received
        from stock_movements
        where product_id <= 3
        group by 1, 2, 3
      )
      select product_id, warehouse_id, day, sum(coalesce(quantity, 0)) over (partition by product_id, warehouse_id
        order by day), coalesce(received, 0)
      from (select product_id, warehouse_id, min(day) as first from daily group by 1, 2) as c
      cross join lateral (
        select day::date
        from generate_series(first, (select max(occurred_at::date) from stock_movements), interval '1 day') as day
      ) as days
      left join daily using (product_id, warehouse_id, day)`,
  },
];
