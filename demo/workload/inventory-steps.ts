import type { Random } from '../random.ts';
import { chooseId, nextId, rotateIds } from './row-choice.ts';
import type { Sql } from './service-connection.ts';
import { type Step, transaction } from './step.ts';
import { amount, moment, orNull, productId, text } from './values.ts';

/** Products, categories and stock. Products of orders are those with the lowest ids. */
export const INVENTORY_STEPS: Readonly<Record<string, Step>> = {
  product: transaction('inventory', 4, async (sql, random) => {
    const id = productId(random);
    const taken = await sql.run('select from products where id = $1', [id]);
    await insertProduct(sql, random, taken.length === 0 ? id : await nextId(sql, 'products'));
  }),
  'price and cost': transaction('inventory', 5, async (sql, random) => {
    const id = await chooseId(sql, random, 'products');
    if (id === null) return;
    await sql.run('update products set price = $2, cost = $3, updated_at = $4 where id = $1', [
      id,
      amount(random),
      amount(random),
      moment(random),
    ]);
  }),
  'product to another category': transaction('inventory', 3, async (sql, random) => {
    const [id, categoryId] = [await chooseId(sql, random, 'products'), await chooseId(sql, random, 'categories')];
    if (id === null) return;
    await sql.run('update products set category_id = $2 where id = $1', [id, orNull(random, categoryId)]);
  }),
  'product renamed': transaction('inventory', 2, async (sql, random) => {
    const id = await chooseId(sql, random, 'products');
    if (id === null) return;
    await sql.run('update products set name = $2, is_active = $3 where id = $1', [
      id,
      text(random),
      random.chance(0.8),
    ]);
  }),
  'product deleted, perhaps to return': transaction('inventory', 1.5, async (sql, random) => {
    const id = await chooseId(sql, random, 'products');
    if (id === null) return;
    await sql.run('delete from products where id = $1', [id]);
    if (random.chance(0.5)) await insertProduct(sql, random, id);
  }),
  'product keys rotated': transaction('inventory', 1, (sql, random) => rotateIds(sql, random, 'products')),
  category: transaction('inventory', 2, async (sql, random) => {
    const parent = orNull(random, await chooseId(sql, random, 'categories'));
    await sql.run('insert into categories (parent_id, name) values ($1, $2)', [parent, text(random)]);
  }),
  'category renamed or moved': transaction('inventory', 2, async (sql, random) => {
    const [id, parent] = [await chooseId(sql, random, 'categories'), await chooseId(sql, random, 'categories')];
    if (id === null) return;
    await sql.run('update categories set name = $2 where id = $1', [id, text(random)]);
    if (parent !== null && parent < id)
      await sql.run('update categories set parent_id = $2 where id = $1', [id, parent]);
  }),
  'category deleted': transaction('inventory', 0.5, async (sql, random) => {
    const id = await chooseId(sql, random, 'categories');
    if (id !== null) await sql.run('delete from categories where id = $1', [id]);
  }),
  stock: transaction('inventory', 4, async (sql, random) => {
    const [id, warehouse, at] = [productId(random), random.between(1, 3), moment(random)];
    await sql.run(
      `insert into stock_levels (product_id, warehouse_id, on_hand, reserved, updated_at)
      values ($1, $2, $3, $4, $5)
      on conflict (product_id, warehouse_id) do update
      set on_hand = excluded.on_hand, reserved = excluded.reserved, updated_at = excluded.updated_at`,
      [id, warehouse, random.between(0, 500), random.between(0, 50), at],
    );
    await sql.run(
      `insert into stock_movements (product_id, warehouse_id, kind, quantity, occurred_at)
      values ($1, $2, 'adjustment', $3, $4)`,
      [id, warehouse, random.between(-50, 50), at],
    );
  }),
  'stock to another warehouse': transaction('inventory', 2, async (sql, random) => {
    const [id, from, to] = [productId(random), random.between(1, 3), random.between(1, 3)];
    if (from === to) return;
    await sql.run('delete from stock_levels where product_id = $1 and warehouse_id = $2', [id, to]);
    await sql.run('update stock_levels set warehouse_id = $3 where product_id = $1 and warehouse_id = $2', [
      id,
      from,
      to,
    ]);
  }),
  reservation: transaction('inventory', 2, async (sql, random) => {
    const status = random.pick(['reserved', 'shipped', 'released']);
    await sql.run(
      `insert into reservations (order_id, product_id, warehouse_id, quantity, status, created_at, updated_at)
      values ($1, $2, $3, $4, $5, $6, $6)`,
      [random.between(1, 1000), productId(random), random.between(1, 3), random.between(1, 9), status, moment(random)],
    );
    const id = await chooseId(sql, random, 'reservations');
    if (random.chance(0.5)) await sql.run('delete from reservations where id = $1', [id!]);
  }),
};

async function insertProduct(sql: Sql, random: Random, id: number): Promise<void> {
  const at = moment(random);
  const categoryId = await chooseId(sql, random, 'categories');
  await sql.run(
    `insert into products (id, sku, name, category_id, price, cost, is_active, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
    on conflict do nothing`,
    [
      id,
      random.uuid(),
      text(random),
      orNull(random, categoryId),
      amount(random),
      amount(random),
      random.chance(0.9),
      at,
    ],
  );
}
