import { expect, test } from 'vitest';
import { isChosen } from './selection.ts';

const nothing = { source: null, table: null, model: null };
const orders = { schema: 'public', table: 'orders' };

test('everything is chosen where nothing is named', () => {
  expect(isChosen.source(nothing, 'order')).toBe(true);
  expect(isChosen.table(nothing, 'order', orders)).toBe(true);
  expect(isChosen.model(nothing, 'sales_fact')).toBe(true);
  expect(isChosen.models(nothing)).toBe(true);
});

test('a source, a table or a model by its name is chosen alone', () => {
  expect(isChosen.source({ ...nothing, source: 'order' }, 'payment')).toBe(false);
  expect(isChosen.models({ ...nothing, source: 'order' })).toBe(false);
  for (const table of ['order.orders', 'order.public.orders']) {
    expect(isChosen.table({ ...nothing, table }, 'order', orders)).toBe(true);
    expect(isChosen.source({ ...nothing, table }, 'payment')).toBe(false);
  }
  expect(isChosen.table({ ...nothing, table: 'order.order_items' }, 'order', orders)).toBe(false);
  expect(isChosen.source({ ...nothing, model: 'sales_fact' }, 'order')).toBe(false);
  expect(isChosen.model({ ...nothing, model: 'sales_fact' }, 'other')).toBe(false);
});
