import { describe, expect, it } from 'vitest';
import { nextAction, progressAfter, type SagaAction, type SagaProgress } from './order-saga.ts';

function play(failing: SagaAction[], customerCancels = false): SagaAction[] {
  let progress: SagaProgress = { order: 'order_created', inventory: null, payment: null, notification: null };
  const actions: SagaAction[] = [];
  for (;;) {
    const action = nextAction(progress, customerCancels);
    if (action === null) return actions;
    actions.push(action);
    if (action === 'finish cancellation') return actions;
    progress = progressAfter(progress, action, !failing.includes(action));
  }
}

describe('the order saga', () => {
  it('ends with a delivery when everything goes well', () => {
    expect(play([])).toEqual([
      'reserve stock',
      'capture payment',
      'confirm order',
      'notify of confirmation',
      'ship stock',
      'mark shipped',
      'mark delivered',
    ]);
  });

  it('cancels when there is no stock', () => {
    expect(play(['reserve stock'])).toEqual([
      'reserve stock',
      'cancel order',
      'notify of cancellation',
      'finish cancellation',
    ]);
  });

  it('releases the stock when payment fails', () => {
    expect(play(['capture payment'])).toEqual([
      'reserve stock',
      'capture payment',
      'release stock',
      'cancel order',
      'notify of cancellation',
      'finish cancellation',
    ]);
  });

  it('takes everything back when the customer cancels before the goods leave', () => {
    expect(play([], true)).toEqual([
      'reserve stock',
      'capture payment',
      'confirm order',
      'notify of confirmation',
      'void payment',
      'release stock',
      'cancel order',
      'notify of cancellation',
      'finish cancellation',
    ]);
  });
});
