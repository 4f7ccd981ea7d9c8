import type { Random } from '../random.ts';
import { endReservations, readItems, reserve } from './live-stock.ts';
import { formatCents } from './money.ts';
import type { OrderDraft } from './order-draft.ts';
import { FAILURE_RATES, progressAfter, type SagaAction, type SagaProgress } from './order-saga.ts';
import { inTransaction, type ServicePools, type ServiceTransaction } from './service-transaction.ts';
import { CURRENCY, PAYMENT_METHODS, type Place } from './vocabulary.ts';

/** An order on its way. */
export interface OpenSaga {
  readonly correlationId: string;
  readonly orderId: number;
  readonly customerId: number;
  readonly warehouseId: number;
  /** What the customer pays, as decimal text. */
  readonly total: string;
  readonly progress: SagaProgress;
}

export interface SagaContext {
  readonly pools: ServicePools;
  readonly random: Random;
}

/** Rows changed, and the saga as it then is; null when it has ended. */
export interface SagaOutcome {
  readonly changes: number;
  readonly saga: OpenSaga | null;
}

/** The first step: the order itself, with its items in the same transaction. */
export async function createOrder(
  context: SagaContext,
  order: { customerId: number; place: Place; warehouseId: number; draft: OrderDraft },
): Promise<SagaOutcome> {
  const { customerId, place, warehouseId, draft } = order;
  const correlationId = context.random.uuid();
  const total = formatCents(draft.totalCents);
  const { result: orderId, changes } = await inTransaction(context.pools.order, async (transaction) => {
    const [row] = await transaction.change<{ id: string }>(
      `insert into orders (customer_id, status, channel, region, country, currency)
      values ($1, 'pending', $2, $3, $4, $5)
      returning id`,
      [customerId, draft.channel, place.region, place.country, CURRENCY],
    );
    const id = Number(row!.id);
    await insertItems(transaction, id, draft);
    await recordStatus(transaction, id, 'pending', null);
    const payload = { order_id: id, customer_id: customerId, total };
    await transaction.step({ correlationId, orderId: id, payload }, 'order_created');
    return id;
  });
  const progress: SagaProgress = { order: 'order_created', inventory: null, payment: null, notification: null };
  return { changes, saga: { correlationId, orderId, customerId, warehouseId, total, progress } };
}

/** One further step: one transaction in the service that the action belongs to. */
export async function act(context: SagaContext, saga: OpenSaga, action: SagaAction): Promise<SagaOutcome> {
  const { random, pools } = context;
  const stepped = { ...saga, payload: { order_id: saga.orderId, customer_id: saga.customerId, total: saga.total } };
  const after = (succeeded: boolean) => progressAfter(saga.progress, action, succeeded);
  switch (action) {
    case 'reserve stock': {
      const available = !random.chance(FAILURE_RATES.stockUnavailable);
      const items = await readItems(pools, saga.orderId);
      return commit('inventory', after(available), async (transaction, progress) => {
        if (available) for (const item of items) await reserve(transaction, saga, item);
        await transaction.step(stepped, progress.inventory!);
      });
    }
    case 'ship stock':
    case 'release stock':
      return commit('inventory', after(true), async (transaction, progress) => {
        await endReservations(transaction, saga.orderId, action === 'ship stock' ? 'shipped' : 'released');
        await transaction.step(stepped, progress.inventory!);
      });
    case 'capture payment': {
      const captured = !random.chance(FAILURE_RATES.paymentFails);
      const [method, reference] = [random.weighted(PAYMENT_METHODS), `ps_${random.uuid().replaceAll('-', '')}`];
      return commit('payment', after(captured), async (transaction, progress) => {
        await transaction.change(
          `insert into payments (
            order_id, amount, currency, method, provider, provider_reference, status, captured_at)
          values ($1, $2, $3, $4, 'paystream', $5, $6, case when $7 then now() end)`,
          [saga.orderId, saga.total, CURRENCY, method, reference, captured ? 'captured' : 'failed', captured],
        );
        await transaction.step(stepped, progress.payment!);
      });
    }
    case 'void payment':
      return commit('payment', after(true), async (transaction, progress) => {
        await transaction.change("update payments set status = 'voided' where order_id = $1", [saga.orderId]);
        await transaction.step(stepped, progress.payment!);
      });
    case 'notify of confirmation':
    case 'notify of cancellation': {
      const sms = action === 'notify of confirmation' && random.chance(0.2);
      const bounces = random.chance(0.03);
      return commit('notification', after(true), async (transaction, progress) => {
        await notify(transaction, saga, { cancelled: action === 'notify of cancellation', sms, bounces });
        await transaction.step(stepped, progress.notification!);
      });
    }
    case 'confirm order':
    case 'mark shipped':
    case 'mark delivered':
    case 'cancel order': {
      const status = STATUS_AFTER[action];
      const reason = action === 'cancel order' ? cancellationReason(saga.progress) : null;
      return commit('order', after(true), async (transaction, progress) => {
        await transaction.change('update orders set status = $2, updated_at = now() where id = $1', [
          saga.orderId,
          status,
        ]);
        await recordStatus(transaction, saga.orderId, status, reason);
        await transaction.step(stepped, progress.order);
      });
    }
    case 'finish cancellation': {
      const { changes } = await inTransaction(pools.order, (transaction) =>
        transaction.change(
          `update saga_coordinator
          set status = 'compensated', updated_at = now(), finished_at = now()
          where correlation_id = $1`,
          [saga.correlationId],
        ),
      );
      return { changes, saga: null };
    }
  }

  async function commit(
    service: keyof SagaProgress,
    progress: SagaProgress,
    work: (transaction: ServiceTransaction, progress: SagaProgress) => Promise<void>,
  ): Promise<SagaOutcome> {
    const { changes } = await inTransaction(pools[service], (transaction) => work(transaction, progress));
    return { changes, saga: progress.order === 'order_delivered' ? null : { ...saga, progress } };
  }
}

const STATUS_AFTER = {
  'confirm order': 'paid',
  'mark shipped': 'shipped',
  'mark delivered': 'delivered',
  'cancel order': 'cancelled',
} as const;

function cancellationReason({ inventory, payment }: SagaProgress): string {
  if (inventory === 'stock_unavailable') return 'out of stock';
  return payment === 'payment_failed' ? 'payment failed' : 'customer cancelled';
}

async function insertItems(transaction: ServiceTransaction, orderId: number, draft: OrderDraft): Promise<void> {
  const column = (read: (item: OrderDraft['items'][number]) => number | string) => draft.items.map(read);
  await transaction.change(
    `insert into order_items (
      order_id, product_id, quantity, unit_price, unit_cost, gross_amount, discount_amount, tax_amount)
    select $1, *
    from unnest($2::bigint[], $3::int[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[])`,
    [
      orderId,
      column((item) => item.productId),
      column((item) => item.quantity),
      column((item) => formatCents(item.priceCents)),
      column((item) => formatCents(item.costCents)),
      column((item) => formatCents(item.grossCents)),
      column((item) => formatCents(item.discountCents)),
      column((item) => formatCents(item.taxCents)),
    ],
  );
}

async function recordStatus(
  transaction: ServiceTransaction,
  orderId: number,
  status: string,
  reason: string | null,
): Promise<void> {
  await transaction.change(
    `insert into order_status_history (order_id, from_status, to_status, reason)
    values (
      $1,
      (select to_status from order_status_history where order_id = $1 order by id desc limit 1),
      $2,
      $3)`,
    [orderId, status, reason],
  );
}

async function notify(
  transaction: ServiceTransaction,
  saga: OpenSaga,
  message: { cancelled: boolean; sms: boolean; bounces: boolean },
): Promise<void> {
  const template = message.cancelled ? 'order-cancelled' : message.sms ? 'order-confirmed-sms' : 'order-confirmed';
  const [row] = await transaction.change<{ id: string }>(
    `insert into notifications (user_id, template_id, channel, order_id, payload)
    select $1, id, channel, $2, $3
    from templates
    where name = $4
    returning id`,
    [saga.customerId, saga.orderId, JSON.stringify({ order_id: saga.orderId }), template],
  );
  const attempts = message.bounces ? ['bounced', 'delivered'] : ['delivered'];
  for (const [index, status] of attempts.entries()) {
    await transaction.change(
      `insert into deliveries (notification_id, attempt, status, provider_reference, error)
      values ($1, $2, $3, $4, $5)`,
      [row!.id, index + 1, status, `n-${row!.id}`, status === 'bounced' ? 'mailbox full' : null],
    );
  }
}
