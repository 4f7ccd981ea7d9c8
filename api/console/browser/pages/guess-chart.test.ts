import { expect, it } from 'vitest';
import { Exact } from '../exact/exact.js';
import { flatRows, guessChart } from './guess-chart.js';

const one = new Exact('1');

it('draws over time where a day and perhaps a name tell the rows apart', () => {
  const days = [
    { day: '2026-01-01', units: one },
    { day: '2026-01-02', units: null },
  ];
  expect(guessChart(days, ['day', 'units'])).toEqual({ at: 'day', labels: [], numbers: ['units'] });
  const split = days.flatMap((row) => ['web', 'shop'].map((channel) => ({ ...row, channel })));
  expect(guessChart(split, ['day', 'channel', 'units'])).toEqual({
    at: 'day',
    labels: ['channel'],
    numbers: ['units'],
  });
});

it('draws bars by a name, and nothing without numbers or with one row', () => {
  const rows = [
    { segment: 'gold', customer_id: one, orders: one },
    { segment: 'silver', customer_id: one, orders: one },
  ];
  expect(guessChart(rows, ['segment', 'customer_id', 'orders'])).toEqual({
    at: null,
    labels: ['segment'],
    numbers: ['orders'],
  });
  expect(guessChart(rows, ['segment', 'customer_id'])).toBeNull();
  expect(guessChart(rows.slice(1), ['segment', 'orders'])).toBeNull();
});

it('names a bar by two columns where one does not tell the rows apart', () => {
  const rows = ['a', 'b'].flatMap((sku) =>
    ['x', 'y'].map((warehouse) => ({ sku, status: 'ok', warehouse, on_hand: one })),
  );
  expect(guessChart(rows, ['sku', 'status', 'warehouse', 'on_hand'])?.labels).toEqual(['sku', 'warehouse']);
});

it('puts what is in an object beside it', () => {
  expect(flatRows([{ a: one, previous: { a: null }, list: [1] }])).toEqual([{ a: one, 'previous.a': null, list: [1] }]);
});
