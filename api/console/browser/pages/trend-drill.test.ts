import { expect, it } from 'vitest';
import { Exact } from '../exact/exact.js';
import { intoPeriod, intoValue } from './trend-drill.js';

it('looks into a period within the range that was asked for', () => {
  const range = { from: '2026-01-15', to: '2026-03-10' };
  const grains = ['day', 'month', 'quarter'];
  const until = (day: string) => new Date(`${day}T00:00:00Z`);
  expect(intoPeriod({ period: '2026-01-01', until: until('2026-02-01'), grain: 'month', grains, range })).toEqual({
    grain: 'day',
    from: '2026-01-15',
    to: '2026-01-31',
  });
  expect(intoPeriod({ period: '2026-01-01', until: until('2026-04-01'), grain: 'quarter', grains, range })).toEqual({
    grain: 'month',
    from: '2026-01-15',
    to: '2026-03-10',
  });
  expect(intoPeriod({ period: '2026-02-01', until: until('2026-02-02'), grain: 'day', grains, range })).toBeNull();
});

it('narrows to a value by the parameter that there is', () => {
  const known = { parameters: ['category', 'product_id', 'region'], dimensions: ['category', 'product', 'region'] };
  const narrowed = (name: string, row: object, split = [name]) => intoValue({ name, split, row, ...known });
  expect(narrowed('category', { category: 'Tools' })).toEqual({ category: 'Tools', by: ['product'] });
  expect(narrowed('product', { product: 'Saw', product_id: new Exact('7') })).toEqual({ product_id: '7', by: [] });
  expect(narrowed('region', { region: 'EU' }, ['channel', 'region'])).toEqual({
    region: 'EU',
    by: ['channel', 'category'],
  });
  expect(narrowed('category', { category: 'Tools' }, ['category', 'product'])).toEqual({
    category: 'Tools',
    by: ['product'],
  });
  expect(narrowed('category', { category: '(other)' })).toBeNull();
  expect(narrowed('segment', { segment: 'gold' })).toBeNull();
});
