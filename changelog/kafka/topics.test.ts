import { expect, test } from 'vitest';
import { DEFAULT_TOPICS, tableTopic } from './topics.ts';

const table = (schema: string, name: string) => ({ source: 'order', schema, table: name });

test('names a topic after the service and the table', () => {
  expect(tableTopic(table('public', 'orders'), new Map(), DEFAULT_TOPICS)).toBe('order.orders');
  const prefixed = { ...DEFAULT_TOPICS, prefix: 'staging.' };
  expect(tableTopic(table('public', 'orders'), new Map(), prefixed)).toBe('staging.order.orders');
});

test('adds the schema when the name is another table’s, and never changes a name that was given', () => {
  const taken = new Map([['public.orders', 'order.orders']]);
  expect(tableTopic(table('archive', 'orders'), taken, DEFAULT_TOPICS)).toBe('order.archive.orders');
  expect(tableTopic(table('public', 'orders'), taken, DEFAULT_TOPICS)).toBe('order.orders');
});

test('keeps apart what a topic cannot tell apart, and what is not a table', () => {
  const taken = new Map([
    ['public.a b', 'order.a_b'],
    ['public.a-b', 'order.a-b'],
  ]);
  expect(tableTopic(table('public', 'a/b'), taken, DEFAULT_TOPICS)).toBe('order.public.a_b');
  taken.set('public.a/b', 'order.public.a_b');
  expect(tableTopic(table('public', 'a?b'), taken, DEFAULT_TOPICS)).toBe('order.public.a_b_2');
  expect(tableTopic(table('public', 'transaction'), new Map(), DEFAULT_TOPICS)).toBe('order.public.transaction');
});
