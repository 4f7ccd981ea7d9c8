/**
 * The order saga: what each service last recorded for one order (the `step` of its row in saga_coordinator, null while
 * it has none), and what has to happen next. The records are all that the saga knows, so it continues after any crash.
 */
export interface SagaProgress {
  readonly order: 'order_created' | 'order_paid' | 'order_shipped' | 'order_delivered' | 'order_cancelled';
  readonly inventory: 'stock_reserved' | 'stock_unavailable' | 'stock_released' | 'stock_shipped' | null;
  readonly payment: 'payment_captured' | 'payment_failed' | 'payment_voided' | null;
  readonly notification: 'confirmation_sent' | 'cancellation_sent' | null;
}

export type SagaAction =
  | 'reserve stock'
  | 'capture payment'
  | 'confirm order'
  | 'notify of confirmation'
  | 'ship stock'
  | 'mark shipped'
  | 'mark delivered'
  | 'void payment'
  | 'release stock'
  | 'cancel order'
  | 'notify of cancellation'
  | 'finish cancellation';

/** Each action is one transaction in one service. `customerCancels` is asked for before the goods leave. Null: done. */
export function nextAction(progress: SagaProgress, customerCancels: boolean): SagaAction | null {
  const { order, inventory, payment, notification } = progress;
  switch (order) {
    case 'order_created':
      if (inventory === null) return 'reserve stock';
      if (inventory !== 'stock_reserved') return 'cancel order';
      if (payment === null) return 'capture payment';
      return payment === 'payment_captured' ? 'confirm order' : 'release stock';
    case 'order_paid':
      if (notification === null) return 'notify of confirmation';
      if (inventory === 'stock_shipped') return 'mark shipped';
      if (inventory === 'stock_released') return 'cancel order';
      if (payment === 'payment_voided') return 'release stock';
      return customerCancels ? 'void payment' : 'ship stock';
    case 'order_shipped':
      return 'mark delivered';
    case 'order_cancelled':
      return notification === 'cancellation_sent' ? 'finish cancellation' : 'notify of cancellation';
    case 'order_delivered':
      return null;
  }
}

const SUCCESS: Readonly<Record<SagaAction, Partial<SagaProgress>>> = {
  'reserve stock': { inventory: 'stock_reserved' },
  'capture payment': { payment: 'payment_captured' },
  'confirm order': { order: 'order_paid' },
  'notify of confirmation': { notification: 'confirmation_sent' },
  'ship stock': { inventory: 'stock_shipped' },
  'mark shipped': { order: 'order_shipped' },
  'mark delivered': { order: 'order_delivered' },
  'void payment': { payment: 'payment_voided' },
  'release stock': { inventory: 'stock_released' },
  'cancel order': { order: 'order_cancelled' },
  'notify of cancellation': { notification: 'cancellation_sent' },
  'finish cancellation': {},
};

/** Only reserving and capturing can fail; both are then compensated. */
export function progressAfter(progress: SagaProgress, action: SagaAction, succeeded: boolean): SagaProgress {
  if (succeeded) return { ...progress, ...SUCCESS[action] };
  if (action === 'reserve stock') return { ...progress, inventory: 'stock_unavailable' };
  return { ...progress, payment: 'payment_failed' };
}

export type SagaStep = NonNullable<SagaProgress[keyof SagaProgress]>;

/** How a step is recorded in the service's saga_coordinator and event_store. */
export interface StepRecord {
  readonly status: 'running' | 'completed' | 'compensating' | 'compensated' | 'failed';
  readonly finished: boolean;
  readonly outcome: 'succeeded' | 'failed' | 'compensated';
  /** Event type whose effect this one takes back. */
  readonly compensates: SagaStep | null;
  /** What would take this step back. */
  readonly compensation: SagaAction | null;
}

const running = { status: 'running', finished: false, outcome: 'succeeded', compensates: null } as const;
const completed = { status: 'completed', finished: true, outcome: 'succeeded', compensates: null } as const;
const failed = { status: 'failed', finished: true, outcome: 'failed', compensates: null, compensation: null } as const;
const takenBack = { status: 'compensated', finished: true, outcome: 'compensated', compensation: null } as const;

export const STEP_RECORDS: Readonly<Record<SagaStep, StepRecord>> = {
  order_created: { ...running, compensation: 'cancel order' },
  order_paid: { ...running, compensation: 'cancel order' },
  order_shipped: { ...running, compensation: null },
  order_delivered: { ...completed, compensation: null },
  // Finished only once the customer knows.
  order_cancelled: { ...takenBack, status: 'compensating', finished: false, compensates: 'order_created' },
  stock_reserved: { ...running, compensation: 'release stock' },
  stock_unavailable: failed,
  stock_released: { ...takenBack, compensates: 'stock_reserved' },
  stock_shipped: { ...completed, compensation: null },
  payment_captured: { ...completed, compensation: 'void payment' },
  payment_failed: failed,
  payment_voided: { ...takenBack, compensates: 'payment_captured' },
  confirmation_sent: { ...completed, compensation: null },
  cancellation_sent: { ...completed, compensation: null },
};

/** How often things go wrong. */
export const FAILURE_RATES = { stockUnavailable: 0.03, paymentFails: 0.04, customerCancels: 0.03 } as const;
