import { expect, test } from 'vitest';
import { CubeCells, MAX_UNITS } from './cells.ts';
import { sumGroups } from './sum-groups.ts';

function cellsOf(batches: readonly (readonly (readonly [region: string, product: string, amount: number])[])[]) {
  const cells = new CubeCells({ dimensions: ['region', 'product'], measures: ['amount'] });
  for (const [i, rows] of batches.entries()) {
    cells.append(BigInt(10 * (i + 1)), {
      rows: rows.length,
      dimensions: new Map([
        ['region', rows.map(([region]) => region)],
        ['product', rows.map(([, product]) => product)],
      ]),
      measures: new Map([['amount', rows.map(([, , amount]) => amount)]]),
    });
  }
  return cells;
}

function amounts(cells: CubeCells, watermark: bigint, keys: readonly string[], only?: string): Record<string, bigint> {
  const summed = sumGroups({
    cells,
    rows: cells.rowsAt(watermark) as number,
    keys: keys.map((dimension) => ({ dimension, groupOf: (value) => value })),
    conditions: only === undefined ? [] : [{ dimension: 'region', holds: (value) => value === only }],
    measures: new Set(['amount']),
  });
  const entries = summed?.groups.map((group) => {
    const texts = group.parts.map((part, i) => summed.texts[i]?.[part]);
    return [texts.join(' '), group.of('amount')] as const;
  });
  return Object.fromEntries(entries ?? []);
}

const BATCHES = [
  [
    ['EU', '1', 5],
    ['US', '1', 7],
    ['EU', '2', 11],
  ],
  [
    ['EU', '1', -5],
    ['EU', '3', 13],
  ],
] as const;

test('a state has the rows of its batches and those before', () => {
  const cells = cellsOf(BATCHES);
  expect(amounts(cells, 10n, ['region', 'product'])).toEqual({ 'EU 1': 5n, 'US 1': 7n, 'EU 2': 11n });
  expect(amounts(cells, 20n, ['region', 'product'])).toEqual({ 'EU 1': 0n, 'US 1': 7n, 'EU 2': 11n, 'EU 3': 13n });
  expect(cells.rowsAt(15n)).toBeNull();
});

test('conditions leave rows out, and without keys there is one sum', () => {
  const cells = cellsOf(BATCHES);
  expect(amounts(cells, 20n, ['product'], 'EU')).toEqual({ 1: 0n, 2: 11n, 3: 13n });
  expect(amounts(cells, 20n, [])).toEqual({ '': 31n });
  expect(amounts(cells, 20n, [], 'nowhere')).toEqual({});
});

test('sums are exact beyond what a double holds', () => {
  const times = 2_000;
  const cells = cellsOf([Array.from({ length: times }, () => ['EU', '1', MAX_UNITS - 1] as const)]);
  const sum = BigInt(MAX_UNITS - 1) * BigInt(times);
  expect(sum).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
  expect(amounts(cells, 10n, ['region'])).toEqual({ EU: sum });
});

test('more combinations than can be told apart are none', () => {
  const rows = Array.from({ length: 3_000 }, (_, n) => [`${n}`, `${n}`, 1] as const);
  const cells = cellsOf([rows]);
  const key = { dimension: 'region', groupOf: (value: string) => value };
  const ask = (times: number) =>
    sumGroups({
      cells,
      rows: cells.size,
      keys: Array.from({ length: times }, () => key),
      conditions: [],
      measures: new Set(['amount']),
    });
  expect(ask(4)?.groups).toHaveLength(3_000);
  expect(ask(5)).toBeNull();
});

test('what is not held is not summed up', () => {
  const cells = cellsOf(BATCHES);
  expect(sumGroups({ cells, rows: 3, keys: [], conditions: [], measures: new Set(['units']) })).toBeNull();
});
