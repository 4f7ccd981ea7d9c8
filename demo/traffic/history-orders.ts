import type { Random } from '../random.ts';
import type { HistoryCatalogue } from './history-catalogue.ts';
import { type HistoryLog, Ids, timestamp } from './history-log.ts';
import type { HistoryTables } from './history-tables.ts';
import { formatCents } from './money.ts';
import { type OrderDraft, paidFor } from './order-draft.ts';
import {
  FAILURE_RATES,
  nextAction,
  progressAfter,
  type SagaAction,
  type SagaProgress,
  type SagaStep,
} from './order-saga.ts';
import { CURRENCY, PAYMENT_METHODS, type Place, REFUND_REASONS, warehouseFor } from './vocabulary.ts';

interface OrdersOptions {
  random: Random;
  tables: HistoryTables;
  logs: Record<keyof HistoryTables, HistoryLog>;
  catalogue: HistoryCatalogue;
  untilMs: number;
}

interface Order {
  readonly id: number;
  readonly itemIds: readonly number[];
  readonly customerId: number;
  readonly place: Place;
  readonly draft: OrderDraft;
  readonly at: number;
  readonly trail: Trail;
}

/** When each step was reached; steps that were not are missing. */
interface Trail {
  readonly reached: ReadonlyMap<SagaStep, number>;
  readonly closedAt: number | null;
}

const STATUS_OF: Partial<Record<SagaStep, string>> = {
  order_created: 'pending',
  order_paid: 'paid',
  order_shipped: 'shipped',
  order_delivered: 'delivered',
  order_cancelled: 'cancelled',
};

const DAY_MS = 86_400_000;

/** Plays the saga of one order after the other; what would happen after the end of history is left open. */
export class HistoryOrders {
  readonly #options: OrdersOptions;
  readonly #ids = {
    order: new Ids(),
    item: new Ids(),
    status: new Ids(),
    payment: new Ids(),
    refund: new Ids(),
    notification: new Ids(),
    delivery: new Ids(),
  };

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  write(options: { customerId: number; place: Place; draft: OrderDraft; at: number }): void {
    const trail = playSaga({ random: this.#options.random, startMs: options.at, untilMs: this.#options.untilMs });
    const id = this.#ids.order.next();
    const order = { ...options, id, itemIds: options.draft.items.map(() => this.#ids.item.next()), trail };
    this.#writeOrder(order);
    this.#writeStock(order);
    this.#writePayment(order);
    this.#writeNotifications(order);
    this.#writeSagas(order);
  }

  #writeOrder(order: Order): void {
    const { tables } = this.#options;
    const { id, customerId, place, draft, trail } = order;
    let from: string | null = null;
    for (const [step, at] of trail.reached) {
      const to = STATUS_OF[step];
      if (to === undefined) continue;
      const reason = to === 'cancelled' ? cancellationReason(trail) : null;
      tables.order.statuses.add(this.#ids.status.next(), id, from, to, reason, timestamp(at));
      from = to;
    }
    const lastAt = Math.max(...[...trail.reached].filter(([step]) => step in STATUS_OF).map(([, at]) => at));
    const where = [draft.channel, place.region, place.country, CURRENCY] as const;
    tables.order.orders.add(id, customerId, from, ...where, timestamp(order.at), timestamp(lastAt));
    draft.items.forEach((item, index) => {
      const unit = [`${formatCents(item.priceCents)}00`, `${formatCents(item.costCents)}00`] as const;
      const amounts = [formatCents(item.grossCents), formatCents(item.discountCents), formatCents(item.taxCents)];
      tables.order.items.add(order.itemIds[index]!, id, item.productId, item.quantity, ...unit, ...amounts);
    });
  }

  #writeStock({ id, itemIds, place, draft, trail }: Order): void {
    const reservedAt = trail.reached.get('stock_reserved');
    if (reservedAt === undefined) return;
    const [shippedAt, releasedAt] = [trail.reached.get('stock_shipped'), trail.reached.get('stock_released')];
    const shipped = shippedAt === undefined ? null : { status: 'shipped' as const, at: shippedAt };
    const ended = releasedAt === undefined ? shipped : { status: 'released' as const, at: releasedAt };
    const warehouseId = warehouseFor(place);
    draft.items.forEach(({ productId, quantity }, index) => {
      const itemId = itemIds[index]!;
      this.#options.catalogue.takeStock({
        orderId: id,
        itemId,
        productId,
        warehouseId,
        quantity,
        at: reservedAt,
        ended,
      });
    });
  }

  #writePayment(order: Order): void {
    const { random, tables } = this.#options;
    const { id: orderId, draft, trail } = order;
    const [capturedAt, failedAt] = [trail.reached.get('payment_captured'), trail.reached.get('payment_failed')];
    const at = capturedAt ?? failedAt;
    if (at === undefined) return;
    const voided = trail.reached.has('payment_voided');
    const status = capturedAt === undefined ? 'failed' : voided ? 'voided' : 'captured';
    const id = this.#ids.payment.next();
    const how = [random.weighted(PAYMENT_METHODS), 'paystream', `ps_${random.uuid().replaceAll('-', '')}`] as const;
    const captured = capturedAt === undefined ? null : timestamp(capturedAt);
    const amount = formatCents(draft.totalCents);
    // The provider has taken a part of the step's time.
    const askedAt = timestamp(at - random.between(100, 290));
    tables.payment.payments.add(id, orderId, amount, CURRENCY, ...how, status, askedAt, captured);
    const deliveredAt = trail.reached.get('order_delivered');
    if (deliveredAt !== undefined) this.#writeRefund(order, id, deliveredAt + random.between(1, 25) * DAY_MS);
  }

  #writeRefund(order: Order, paymentId: number, at: number): void {
    const { random, tables, untilMs, logs } = this.#options;
    const kind = random.weighted({ none: 92, item: 6, order: 2 });
    if (kind === 'none' || at > untilMs) return;
    const index = random.between(0, order.itemIds.length - 1);
    const item = order.draft.items[index]!;
    const cents = kind === 'item' ? paidFor(item) : Math.floor((order.draft.totalCents * random.between(10, 50)) / 100);
    const [amount, itemId] = [formatCents(cents), kind === 'item' ? order.itemIds[index]! : null];
    const settled = at < untilMs - 3 * DAY_MS;
    const status = settled ? random.weighted({ completed: 95, failed: 5 }) : 'pending';
    const id = this.#ids.refund.next();
    const reason = random.weighted(REFUND_REASONS);
    tables.payment.refunds.add(id, paymentId, order.id, itemId, amount, reason, status, timestamp(at));
    const payload = JSON.stringify({ order_id: order.id, amount });
    const event = { sagaType: 'refund', aggregateType: 'refund', aggregateId: id, payload };
    logs.payment.completed({ ...event, type: 'refund_issued', at });
  }

  #writeNotifications({ id: orderId, customerId, trail }: Order): void {
    const { random, tables, untilMs } = this.#options;
    for (const step of ['confirmation_sent', 'cancellation_sent'] as const) {
      const at = trail.reached.get(step);
      if (at === undefined) continue;
      const sms = step === 'confirmation_sent' && random.chance(0.2);
      const template = step === 'cancellation_sent' ? 3 : sms ? 2 : 1;
      const channel = sms ? 'sms' : 'email';
      const id = this.#ids.notification.next();
      const payload = JSON.stringify({ order_id: orderId });
      tables.notification.notifications.add(id, customerId, template, channel, orderId, payload, timestamp(at));
      const bounced = random.chance(0.03);
      const outcome = bounced
        ? (['bounced', null, 'mailbox full'] as const)
        : (['delivered', `n-${id}`, null] as const);
      const attemptedAt = timestamp(Math.min(untilMs, at + random.between(200, 20_000)));
      tables.notification.deliveries.add(this.#ids.delivery.next(), id, 1, ...outcome, attemptedAt);
    }
  }

  #writeSagas({ id: orderId, customerId, draft, trail }: Order): void {
    const correlationId = this.#options.random.uuid();
    const payload = JSON.stringify({
      order_id: orderId,
      customer_id: customerId,
      total: formatCents(draft.totalCents),
    });
    for (const [service, prefixes] of Object.entries(STEP_PREFIXES)) {
      const all = [...trail.reached].map(([step, at]) => ({ step, at }));
      const steps = all.filter(({ step }) => prefixes.some((prefix) => step.startsWith(prefix)));
      const closedAt = service === 'order' ? trail.closedAt : null;
      const log = this.#options.logs[service as keyof typeof STEP_PREFIXES];
      log.orderSaga({ correlationId, orderId, payload, steps, closedAt });
    }
  }
}

const STEP_PREFIXES = {
  order: ['order_'],
  inventory: ['stock_'],
  payment: ['payment_'],
  notification: ['confirmation_', 'cancellation_'],
} as const;

function playSaga(options: { random: Random; startMs: number; untilMs: number }): Trail {
  const { random, untilMs } = options;
  let at = options.startMs;
  let progress: SagaProgress = { order: 'order_created', inventory: null, payment: null, notification: null };
  const reached = new Map<SagaStep, number>([['order_created', at]]);
  const customerCancels = random.chance(FAILURE_RATES.customerCancels);
  for (;;) {
    const action = nextAction(progress, customerCancels);
    if (action === null) return { reached, closedAt: null };
    at += durationMs(action, random);
    if (at > untilMs) return { reached, closedAt: null };
    if (action === 'finish cancellation') return { reached, closedAt: at };
    progress = progressAfter(progress, action, !fails(action, random));
    for (const step of [progress.order, progress.inventory, progress.payment, progress.notification]) {
      if (step !== null && !reached.has(step)) reached.set(step, at);
    }
  }
}

function fails(action: SagaAction, random: Random): boolean {
  if (action === 'reserve stock') return random.chance(FAILURE_RATES.stockUnavailable);
  return action === 'capture payment' && random.chance(FAILURE_RATES.paymentFails);
}

/** Goods leave within two days and travel for up to a week; everything else takes seconds. */
function durationMs(action: SagaAction, random: Random): number {
  if (action === 'ship stock') return random.between(4 * 3_600_000, 2 * DAY_MS);
  if (action === 'mark delivered') return random.between(DAY_MS, 7 * DAY_MS);
  if (action === 'void payment') return random.between(60_000, 4 * 3_600_000);
  return random.between(300, 5_000);
}

function cancellationReason({ reached }: Trail): string {
  if (reached.has('stock_unavailable')) return 'out of stock';
  return reached.has('payment_failed') ? 'payment failed' : 'customer cancelled';
}
