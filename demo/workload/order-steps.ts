import type { Random } from '../random.ts';
import { chooseId, chooseIds, nextId, rotateIds } from './row-choice.ts';
import { Abandon, type Sql } from './service-connection.ts';
import { type Step, transaction } from './step.ts';
import { amount, currency, customerId, moment, orNull, productId, text, unitAmount } from './values.ts';

const STATUSES = ['pending', 'paid', 'shipped', 'delivered', 'cancelled'] as const;

/** Everything that can happen to orders and their items. */
export const ORDER_STEPS: Readonly<Record<string, Step>> = {
  'order with items': transaction('order', 14, async (sql, random) => {
    const orderId = await nextId(sql, 'orders');
    await insertOrder(sql, random, orderId);
    await insertItems(sql, random, orderId, random.between(0, 4));
  }),
  'items before their order, in one transaction': transaction('order', 4, async (sql, random) => {
    const orderId = await nextId(sql, 'orders');
    await insertItems(sql, random, orderId, random.between(1, 3));
    await insertOrder(sql, random, orderId);
  }),
  'items before their order, in two transactions': {
    weight: 4,
    async run({ random, inTransaction }) {
      let orderId = 0;
      await inTransaction('order', async (sql) => {
        orderId = await nextId(sql, 'orders');
        await insertItems(sql, random, orderId, random.between(1, 3));
      });
      await inTransaction('order', (sql) => insertOrder(sql, random, orderId));
    },
  },
  'items of no order': transaction('order', 2, async (sql, random) => {
    await insertItems(sql, random, random.between(1, 2_000_000_000), random.between(1, 2));
  }),
  'item to an order': transaction('order', 6, async (sql, random) => {
    const orderId = await chooseId(sql, random, 'orders');
    if (orderId !== null) await insertItems(sql, random, orderId, 1);
  }),
  'order status': transaction('order', 12, async (sql, random) => {
    const id = await chooseId(sql, random, 'orders');
    if (id === null) return;
    const [to, at] = [random.pick(STATUSES), moment(random)];
    await sql.run('update orders set status = $2, updated_at = $3 where id = $1', [id, to, at]);
    await sql.run(
      `insert into order_status_history (order_id, to_status, reason, changed_at)
      values ($1, $2, $3, $4)`,
      [id, to, orNull(random, text(random)), at],
    );
  }),
  'order to another month': update('orders', 'ordered_at', 6, moment),
  'order to another customer': update('orders', 'customer_id', 4, customerId),
  'order to another region': update('orders', 'region', 3, (random) =>
    random.pick(['europe', 'asia-pacific', text(random)]),
  ),
  'order to another channel': update('orders', 'channel', 2, (random) => random.pick(['web', 'app', 'store', 'phone'])),
  'order to another currency': update('orders', 'currency', 3, currency),
  'order unchanged': transaction('order', 1, async (sql, random) => {
    const id = await chooseId(sql, random, 'orders');
    if (id !== null) await sql.run('update orders set updated_at = updated_at where id = $1', [id]);
  }),
  'item amounts': transaction('order', 10, async (sql, random) => {
    const id = await chooseId(sql, random, 'order_items');
    if (id === null) return;
    await sql.run(
      `update order_items
      set quantity = $2, gross_amount = $3, discount_amount = $4, unit_cost = $5
      where id = $1`,
      [id, random.between(0, 20), amount(random), amount(random), unitAmount(random)],
    );
  }),
  'item to another product': update('order_items', 'product_id', 3, productId),
  'item to another order': transaction('order', 8, async (sql, random) => {
    const [id, orderId] = [await chooseId(sql, random, 'order_items'), await chooseId(sql, random, 'orders')];
    if (id !== null && orderId !== null) await moveItem(sql, id, orderId);
  }),
  'item to another order and back': transaction('order', 1, async (sql, random) => {
    const [id, orderId] = [await chooseId(sql, random, 'order_items'), await chooseId(sql, random, 'orders')];
    if (id === null || orderId === null) return;
    const [row] = await sql.run<{ order_id: string }>('select order_id from order_items where id = $1', [id]);
    // Another connection may have deleted it since.
    if (row === undefined) return;
    await moveItem(sql, id, orderId);
    await moveItem(sql, id, Number(row.order_id));
  }),
  'order key': transaction('order', 4, async (sql, random) => {
    const id = await chooseId(sql, random, 'orders');
    if (id === null) return;
    const to = await nextId(sql, 'orders');
    await sql.run('update orders set id = $2 where id = $1', [id, to]);
    if (random.chance(0.5)) await sql.run('update order_items set order_id = $2 where order_id = $1', [id, to]);
  }),
  'item key': transaction('order', 4, async (sql, random) => {
    const id = await chooseId(sql, random, 'order_items');
    if (id === null) return;
    const to = await nextId(sql, 'order_items');
    await sql.run('update order_items set id = $2, gross_amount = $3 where id = $1', [id, to, amount(random)]);
  }),
  'order keys rotated': transaction('order', 3, (sql, random) => rotateIds(sql, random, 'orders')),
  'item keys rotated': transaction('order', 3, (sql, random) => rotateIds(sql, random, 'order_items')),
  'order deleted, items left': transaction('order', 3, async (sql, random) => {
    const id = await chooseId(sql, random, 'orders');
    if (id !== null) await sql.run('delete from orders where id = $1', [id]);
  }),
  'order and items deleted': transaction('order', 3, async (sql, random) => {
    const id = await chooseId(sql, random, 'orders');
    if (id === null) return;
    const statements = ['delete from orders where id = $1', 'delete from order_items where order_id = $1'];
    if (random.chance(0.5)) statements.reverse();
    for (const statement of statements) await sql.run(statement, [id]);
  }),
  'item deleted': transaction('order', 4, async (sql, random) => {
    const id = await chooseId(sql, random, 'order_items');
    if (id !== null) await sql.run('delete from order_items where id = $1', [id]);
  }),
  'order deleted and inserted again': transaction('order', 2, async (sql, random) => {
    const id = await chooseId(sql, random, 'orders');
    if (id === null) return;
    await sql.run('delete from orders where id = $1', [id]);
    await insertOrder(sql, random, id);
  }),
  'item inserted, changed and deleted': transaction('order', 2, async (sql, random) => {
    const orderId = await chooseId(sql, random, 'orders');
    if (orderId === null) return;
    const [id] = await insertItems(sql, random, orderId, 1);
    await sql.run('update order_items set gross_amount = $2 where id = $1', [id!, amount(random)]);
    await sql.run('delete from order_items where id = $1', [id!]);
  }),
  'savepoint rolled back': transaction('order', 3, async (sql, random) => {
    const orderId = await chooseId(sql, random, 'orders');
    if (orderId === null) return;
    await insertItems(sql, random, orderId, 1);
    await sql.run('savepoint before');
    await insertItems(sql, random, orderId, 2);
    await sql.run('delete from orders where id = $1', [orderId]);
    await sql.run('rollback to savepoint before');
    await sql.run('update orders set region = $2 where id = $1', [orderId, text(random)]);
    await sql.run('savepoint kept');
    await insertItems(sql, random, orderId, 1);
    await sql.run('release savepoint kept');
  }),
  'transaction rolled back': transaction('order', 2, async (sql, random) => {
    const orderId = await nextId(sql, 'orders');
    await insertOrder(sql, random, orderId);
    await insertItems(sql, random, orderId, 3);
    throw new Abandon();
  }),
  'many items inserted': transaction('order', 0.6, async (sql, random) => {
    const orderIds = await chooseIds(sql, random, { table: 'orders', count: 60 });
    for (const orderId of orderIds) await insertItems(sql, random, orderId, random.between(2, 8));
  }),
  'many orders changed': transaction('order', 0.6, async (sql, random) => {
    const ids = await chooseIds(sql, random, { table: 'orders', count: 300 });
    await sql.run('update orders set ordered_at = $2, channel = $3 where id = any ($1)', [ids, moment(random), 'bulk']);
  }),
  'many items changed, moved and deleted': transaction('order', 0.5, async (sql, random) => {
    const ids = await chooseIds(sql, random, { table: 'order_items', count: 300 });
    const orderId = await chooseId(sql, random, 'orders');
    await sql.run('update order_items set gross_amount = gross_amount + 1 where id = any ($1)', [ids]);
    if (orderId !== null)
      await sql.run('update order_items set order_id = $2 where id = any ($1)', [ids.slice(0, 50), orderId]);
    await sql.run('delete from order_items where id = any ($1)', [ids.slice(20, 80)]);
  }),
  'items truncated': transaction('order', 0.08, async (sql, random) => {
    if (random.chance(0.5)) await insertItems(sql, random, random.between(1, 100), 2);
    await sql.run('truncate order_items');
    if (random.chance(0.6)) await insertItems(sql, random, (await chooseId(sql, random, 'orders')) ?? 1, 5);
  }),
};

function update(table: string, column: string, weight: number, value: (random: Random) => string | number): Step {
  return transaction('order', weight, async (sql, random) => {
    const id = await chooseId(sql, random, table);
    if (id !== null) await sql.run(`update ${table} set ${column} = $2 where id = $1`, [id, value(random)]);
  });
}

async function moveItem(sql: Sql, id: number, orderId: number): Promise<void> {
  await sql.run('update order_items set order_id = $2 where id = $1', [id, orderId]);
}

async function insertOrder(sql: Sql, random: Random, id: number): Promise<void> {
  const at = moment(random);
  const where = [
    random.pick(['web', 'app', 'store']),
    random.pick(['europe', 'asia-pacific']),
    random.pick(['DE', 'JP']),
  ];
  await sql.run(
    `insert into orders (id, customer_id, status, channel, region, country, currency, ordered_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $8, $7, $7)`,
    [id, customerId(random), random.pick(STATUSES), ...where, at, currency(random)],
  );
}

async function insertItems(sql: Sql, random: Random, orderId: number, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let left = count; left > 0; left--) {
    const [row] = await sql.run<{ id: string }>(
      `insert into order_items (
        order_id, product_id, quantity, unit_price, unit_cost, gross_amount, discount_amount, tax_amount)
      values ($1, $2, $3, $4, $5, $6, $7, $8)
      returning id`,
      [
        orderId,
        productId(random),
        random.between(1, 9),
        unitAmount(random),
        unitAmount(random),
        amount(random),
        random.chance(0.5) ? '0' : amount(random),
        amount(random),
      ],
    );
    ids.push(Number(row!.id));
  }
  return ids;
}
