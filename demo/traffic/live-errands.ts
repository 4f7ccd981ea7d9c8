import type { Random } from '../random.ts';
import type { CompanyState } from './live-state.ts';
import { receiveStock } from './live-stock.ts';
import { formatCents, parseCents } from './money.ts';
import { inTransaction, type ServicePools } from './service-transaction.ts';
import {
  ACQUISITION_CHANNELS,
  ACTIVITY_KINDS,
  DEVICES,
  FIRST_NAMES,
  LAST_NAMES,
  PLACES,
  REFUND_REASONS,
  SEGMENTS,
} from './vocabulary.ts';

export interface ErrandContext {
  readonly pools: ServicePools;
  readonly random: Random;
  readonly state: CompanyState;
}

/** What happens in a company besides orders; each resolves with the number of rows changed, 0 when there was nothing. */
export const ERRANDS = {
  visit: startSession,
  leave: endSession,
  browse,
  signUp,
  move,
  changeSegment,
  changePrice,
  receive,
  refund,
  settleRefund,
} as const satisfies Record<string, (context: ErrandContext) => Promise<number>>;

export const ERRAND_WEIGHTS: Readonly<Record<keyof typeof ERRANDS, number>> = {
  visit: 14,
  leave: 12,
  browse: 30,
  signUp: 6,
  move: 4,
  changeSegment: 4,
  changePrice: 5,
  receive: 5,
  refund: 6,
  settleRefund: 6,
};

async function startSession({ pools, random, state }: ErrandContext): Promise<number> {
  const { id } = random.pick(state.customers);
  const ip = `10.${random.between(0, 255)}.${random.between(0, 255)}.${random.between(1, 254)}`;
  const { changes } = await inTransaction(pools.user, (transaction) =>
    transaction.change('insert into sessions (id, user_id, device, ip) values ($1, $2, $3, $4)', [
      random.uuid(),
      id,
      random.weighted(DEVICES),
      ip,
    ]),
  );
  return changes;
}

async function endSession({ pools }: ErrandContext): Promise<number> {
  const { changes } = await inTransaction(pools.user, (transaction) =>
    transaction.change(`
      update sessions
      set ended_at = now()
      where id = (
        select id
        from sessions
        where ended_at is null
        limit 1
        for update skip locked)`),
  );
  return changes;
}

async function browse({ pools, random, state }: ErrandContext): Promise<number> {
  const { id } = random.pick(state.customers);
  const payload = JSON.stringify({ product_id: random.pick(state.offers).id });
  const { changes } = await inTransaction(pools.user, (transaction) =>
    transaction.change('insert into activity (user_id, kind, payload) values ($1, $2, $3)', [
      id,
      random.weighted(ACTIVITY_KINDS),
      payload,
    ]),
  );
  return changes;
}

async function signUp({ pools, random, state }: ErrandContext): Promise<number> {
  const place = random.pick(PLACES);
  const [firstName, lastName] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
  const address = `${firstName}.${lastName}.${random.uuid().slice(0, 8)}@example.com`.toLowerCase();
  const { result, changes } = await inTransaction(pools.user, async (transaction) => {
    const [row] = await transaction.change<{ id: string }>('insert into users (email) values ($1) returning id', [
      address,
    ]);
    const id = Number(row!.id);
    const where = [place.city, place.region, place.country] as const;
    await transaction.change(
      `insert into profiles (user_id, first_name, last_name, city, region, country, segment, acquisition_channel)
      values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, firstName, lastName, ...where, random.weighted(SEGMENTS), random.weighted(ACQUISITION_CHANNELS)],
    );
    await transaction.change(
      "insert into user_roles (user_id, role_id) select $1, id from roles where name = 'customer'",
      [id],
    );
    const event = { aggregateType: 'user', aggregateId: id, type: 'user_registered', payload: {} };
    await transaction.completed({ ...event, sagaType: 'registration' });
    return id;
  });
  state.customers.push({ id: result, place });
  return changes;
}

async function move({ pools, random, state }: ErrandContext): Promise<number> {
  const customer = random.pick(state.customers);
  const place = random.pick(PLACES);
  const { changes } = await inTransaction(pools.user, async (transaction) => {
    await transaction.change(
      `update profiles
      set city = $2, region = $3, country = $4, updated_at = now()
      where user_id = $1`,
      [customer.id, place.city, place.region, place.country],
    );
    const event = { aggregateType: 'user', aggregateId: customer.id, type: 'customer_moved', payload: {} };
    await transaction.completed({ ...event, sagaType: 'profile_change' });
  });
  customer.place = place;
  return changes;
}

async function changeSegment({ pools, random, state }: ErrandContext): Promise<number> {
  const { id } = random.pick(state.customers);
  const segment = random.weighted(SEGMENTS);
  const { changes } = await inTransaction(pools.user, async (transaction) => {
    await transaction.change('update profiles set segment = $2, updated_at = now() where user_id = $1', [id, segment]);
    const event = { aggregateType: 'user', aggregateId: id, type: 'segment_changed', payload: { segment } };
    await transaction.completed({ ...event, sagaType: 'profile_change' });
  });
  return changes;
}

async function changePrice({ pools, random, state }: ErrandContext): Promise<number> {
  const at = random.between(0, state.offers.length - 1);
  const offer = state.offers[at]!;
  const priceCents = Math.max(100, Math.round((offer.priceCents * random.between(92, 110)) / 100));
  const { changes } = await inTransaction(pools.inventory, async (transaction) => {
    const price = formatCents(priceCents);
    await transaction.change('update products set price = $2, updated_at = now() where id = $1', [offer.id, price]);
    const payload = { from: formatCents(offer.priceCents), to: price };
    const event = { aggregateType: 'product', aggregateId: offer.id, type: 'price_changed', payload };
    await transaction.completed({ ...event, sagaType: 'price_change' });
  });
  state.offers[at] = { ...offer, priceCents };
  return changes;
}

async function receive({ pools, random }: ErrandContext): Promise<number> {
  const { changes } = await inTransaction(pools.inventory, async (transaction) => {
    const [level] = await transaction.read<{ product_id: string; warehouse_id: string }>(`
      select product_id, warehouse_id
      from stock_levels
      order by on_hand - reserved
      limit 1`);
    if (level === undefined) return;
    const place = [Number(level.product_id), Number(level.warehouse_id)] as const;
    await receiveStock(transaction, place, 50 + 10 * random.between(0, 15));
  });
  return changes;
}

/** For one item, or a share of the order as a whole; never more than what was paid. */
async function refund({ pools, random }: ErrandContext): Promise<number> {
  const { rows: candidates } = await pools.order.query<{ id: string; item_id: string; paid: string }>(
    `select o.id, i.id as item_id, gross_amount - discount_amount + tax_amount as paid
    from orders o
    join order_items i on i.order_id = o.id
    where o.id > (select max(id) - 2000 from orders)
      and status = 'delivered'
    limit 1000`,
  );
  if (candidates.length === 0) return 0;
  const { id: orderId, item_id: itemId, paid } = random.pick(candidates);
  const wholeOrder = random.chance(0.25);
  const cents = wholeOrder ? Math.floor((parseCents(paid) * random.between(10, 90)) / 100) : parseCents(paid);
  if (cents === 0) return 0;
  const { changes } = await inTransaction(pools.payment, async (transaction) => {
    const [row] = await transaction.change<{ id: string }>(
      `insert into refunds (payment_id, order_id, order_item_id, amount, reason, status)
      select id, order_id, $2, $3, $4, 'pending'
      from payments p
      where order_id = $1
        and status = 'captured'
        and amount >= $3 + (
          select coalesce(sum(r.amount), 0)
          from refunds r
          where r.order_id = p.order_id
            and r.status <> 'failed')
      limit 1
      returning id`,
      [orderId, wholeOrder ? null : itemId, formatCents(cents), random.weighted(REFUND_REASONS)],
    );
    if (row === undefined) return;
    const payload = { order_id: Number(orderId), amount: formatCents(cents) };
    const event = { aggregateType: 'refund', aggregateId: Number(row.id), type: 'refund_issued', payload };
    await transaction.completed({ ...event, sagaType: 'refund' });
  });
  return changes;
}

async function settleRefund({ pools, random }: ErrandContext): Promise<number> {
  const status = random.weighted({ completed: 95, failed: 5 });
  const { changes } = await inTransaction(pools.payment, async (transaction) => {
    const [row] = await transaction.change<{ id: string }>(
      `update refunds
      set status = $1
      where id = (
        select id
        from refunds
        where status = 'pending'
        order by id
        limit 1
        for update skip locked)
      returning id`,
      [status],
    );
    if (row === undefined) return;
    const event = { aggregateType: 'refund', aggregateId: Number(row.id), type: `refund_${status}`, payload: {} };
    await transaction.completed({ ...event, sagaType: 'refund_settlement' });
  });
  return changes;
}
