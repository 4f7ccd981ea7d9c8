import type { Random } from '../random.ts';
import { chooseId, chooseIds, nextId, rotateIds } from './row-choice.ts';
import type { Sql } from './service-connection.ts';
import { type Step, transaction } from './step.ts';
import { amount, moment, orNull, text } from './values.ts';

const REFUND_STATUSES = ['pending', 'completed', 'failed'] as const;
const PAYMENT_STATUSES = ['pending', 'captured', 'failed', 'voided'] as const;

/** Payments and refunds, whose orders may not be there yet, or any more, or ever. */
export const PAYMENT_STEPS: Readonly<Record<string, Step>> = {
  'payment for an order': withOrder(8, async (sql, random, order) => {
    await insertPayment(sql, random, order.id);
  }),
  'payment and refund before their order': withOrder(4, async (sql, random, order) => {
    const orderId = order.last + random.between(1, 20);
    const paymentId = await insertPayment(sql, random, orderId);
    await insertRefund(sql, random, { paymentId, orderId, itemId: null });
  }),
  'refund of an order': withOrder(7, async (sql, random, order) => {
    const paymentId = (await chooseId(sql, random, 'payments')) ?? 1;
    await insertRefund(sql, random, { paymentId, orderId: order.id, itemId: null });
  }),
  'refund of an item': withOrder(7, async (sql, random, order) => {
    const paymentId = (await chooseId(sql, random, 'payments')) ?? 1;
    await insertRefund(sql, random, { paymentId, orderId: order.id, itemId: order.itemId });
  }),
  'refund of an order that is then deleted': {
    weight: 2,
    async run({ random, inTransaction }) {
      let orderId = 0;
      await inTransaction('order', async (sql) => {
        orderId = (await chooseId(sql, random, 'orders')) ?? 1;
      });
      await inTransaction('payment', (sql) => insertRefund(sql, random, { paymentId: 1, orderId, itemId: null }));
      await inTransaction('order', async (sql) => {
        await sql.run('delete from orders where id = $1', [orderId]);
      });
    },
  },
  'refund to another order': withOrder(5, async (sql, random, order) => {
    const id = await chooseId(sql, random, 'refunds');
    if (id === null) return;
    const itemId = orNull(random, order.itemId);
    await sql.run('update refunds set order_id = $2, order_item_id = $3 where id = $1', [id, order.id, itemId]);
  }),
  'refund amount': transaction('payment', 5, async (sql, random) => {
    const id = await chooseId(sql, random, 'refunds');
    if (id !== null) await sql.run('update refunds set amount = $2 where id = $1', [id, amount(random)]);
  }),
  'refund status': transaction('payment', 6, async (sql, random) => {
    const id = await chooseId(sql, random, 'refunds');
    if (id !== null) await sql.run('update refunds set status = $2 where id = $1', [id, random.pick(REFUND_STATUSES)]);
  }),
  'payment status': transaction('payment', 5, async (sql, random) => {
    const id = await chooseId(sql, random, 'payments');
    if (id === null) return;
    const [status, at] = [random.pick(PAYMENT_STATUSES), orNull(random, moment(random))];
    await sql.run('update payments set status = $2, captured_at = $3 where id = $1', [id, status, at]);
  }),
  'refund deleted': transaction('payment', 3, async (sql, random) => {
    const id = await chooseId(sql, random, 'refunds');
    if (id !== null) await sql.run('delete from refunds where id = $1', [id]);
  }),
  'payment deleted, refunds left': transaction('payment', 1, async (sql, random) => {
    const id = await chooseId(sql, random, 'payments');
    if (id !== null) await sql.run('delete from payments where id = $1', [id]);
  }),
  'refund key': transaction('payment', 2, async (sql, random) => {
    const id = await chooseId(sql, random, 'refunds');
    if (id !== null) await sql.run('update refunds set id = $2 where id = $1', [id, await nextId(sql, 'refunds')]);
  }),
  'refund keys rotated': transaction('payment', 2, (sql, random) => rotateIds(sql, random, 'refunds')),
  'many refunds settled': transaction('payment', 0.5, async (sql, random) => {
    const ids = await chooseIds(sql, random, { table: 'refunds', count: 200 });
    await sql.run('update refunds set status = $2 where id = any ($1)', [ids, random.pick(REFUND_STATUSES)]);
  }),
  'refunds truncated': transaction('payment', 0.08, async (sql, random) => {
    if (random.chance(0.5)) await insertRefund(sql, random, { paymentId: 1, orderId: 1, itemId: null });
    await sql.run('truncate refunds');
    if (random.chance(0.6)) {
      for (let orderId = 1; orderId < 6; orderId++)
        await insertRefund(sql, random, { paymentId: 1, orderId, itemId: null });
    }
  }),
};

interface ChosenOrder {
  id: number;
  itemId: number | null;
  last: number;
}

/** First looks an order up in its own service, as a client of both would. */
function withOrder(weight: number, work: (sql: Sql, random: Random, order: ChosenOrder) => Promise<void>): Step {
  return {
    weight,
    async run({ random, inTransaction }) {
      const order: ChosenOrder = { id: 1, itemId: null, last: 1 };
      await inTransaction('order', async (sql) => {
        order.id = (await chooseId(sql, random, 'orders')) ?? random.between(1, 50);
        const items = await sql.run<{ id: string }>(
          'select id from order_items where order_id = $1 order by id limit 1',
          [order.id],
        );
        order.itemId = items[0] === undefined ? random.between(1, 100) : Number(items[0].id);
        const [last] = await sql.run<{ id: string }>('select coalesce(max(id), 0) as id from orders');
        order.last = Number(last!.id);
      });
      await inTransaction('payment', (sql) => work(sql, random, order));
    },
  };
}

async function insertPayment(sql: Sql, random: Random, orderId: number): Promise<number> {
  const at = moment(random);
  const [row] = await sql.run<{ id: string }>(
    `insert into payments (
      order_id, amount, currency, method, provider, provider_reference, status, created_at, captured_at)
    values ($1, $2, 'USD', 'card', $3, $4, $5, $6, $7)
    returning id`,
    [
      orderId,
      amount(random),
      text(random),
      orNull(random, text(random)),
      random.pick(PAYMENT_STATUSES),
      at,
      orNull(random, at),
    ],
  );
  return Number(row!.id);
}

async function insertRefund(
  sql: Sql,
  random: Random,
  refund: { paymentId: number; orderId: number; itemId: number | null },
): Promise<void> {
  await sql.run(
    `insert into refunds (payment_id, order_id, order_item_id, amount, reason, status, created_at)
    values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      refund.paymentId,
      refund.orderId,
      refund.itemId,
      amount(random),
      orNull(random, text(random)),
      random.pick(REFUND_STATUSES),
      moment(random),
    ],
  );
}
