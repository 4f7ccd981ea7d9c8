import { expect, test, vi } from 'vitest';
import type { DirectRelations } from '../../warehouse/published/direct-relations.ts';
import type { WarehouseReader } from '../warehouse-reader.ts';
import { createHeldTables, type HeldTable, type Holding } from './held-tables.ts';

const MAX_ROWS = 100;

/** Tables of a size, and how often each was read as a whole. */
function setUp(sizes: Readonly<Record<string, number>>) {
  const whole: Record<string, number> = {};
  const rows = async ({ sql }: { sql: string }) => {
    const [, what = '', name = ''] = /(all|added) of (\w+)/.exec(sql) ?? [];
    if (what === 'all') whole[name] = (whole[name] ?? 0) + 1;
    return [{}];
  };
  const reader = { forRequest: () => ({ rows }) } as unknown as WarehouseReader;
  const tables = createHeldTables({ reader, relationsAt: async () => ({}) as DirectRelations, maxRows: MAX_ROWS });
  const ask = (name: string, watermark: number) => tables.at(holdingOf(name, sizes[name] ?? 0), String(watermark));
  return { whole, ask, prepare: tables.prepare };
}

function holdingOf(name: string, size: number): Holding<HeldTable & { states: bigint[] }> {
  return {
    name,
    relations: () => ({ all: `all of ${name}`, added: `added of ${name}` }),
    query: (relation) => ({ sql: relation, parameters: {} }),
    create() {
      const states: bigint[] = [];
      return {
        states,
        size,
        get watermark() {
          return states.at(-1) ?? null;
        },
        hasState: (watermark) => states.includes(watermark),
      };
    },
    append({ states }, watermark) {
      states.push(watermark);
      return true;
    },
  };
}

test('a table that is asked for again is held, and brought from state to state', async () => {
  const { whole, ask, prepare } = setUp({ sales: 60 });
  expect(await ask('sales', 1)).toBeNull();
  expect((await ask('sales', 1))?.watermark).toBe(1n);
  for (let n = 2; n < 10; n++) {
    await prepare(String(n));
    expect((await ask('sales', n))?.watermark).toBe(BigInt(n));
  }
  expect((await ask('sales', 4))?.watermark).toBe(9n);
  expect(whole).toEqual({ sales: 1 });
});

test('a table that does not fit beside those in use is left to the warehouse, and pushes none out', async () => {
  const { whole, ask } = setUp({ sales: 60, stock: 60, few: 30, huge: 101 });
  for (let n = 1; n < 20; n++) {
    for (const name of ['sales', 'stock', 'few', 'huge']) await ask(name, n);
  }
  expect(whole).toEqual({ sales: 1, stock: 1, few: 1, huge: 1 });
  expect(await ask('sales', 20)).not.toBeNull();
  expect(await ask('few', 20)).not.toBeNull();
  expect(await ask('stock', 20)).toBeNull();
  expect(await ask('huge', 20)).toBeNull();
});

test('a table that nobody asks for any more makes room', async () => {
  const now = vi.spyOn(performance, 'now');
  try {
    let ms = 1_000_000;
    now.mockImplementation(() => ms);
    const { whole, ask } = setUp({ sales: 60, stock: 60 });
    for (const n of [1, 2]) await ask('sales', n);
    ms += 11_000;
    for (const n of [3, 4]) await ask('stock', n);
    expect((await ask('stock', 4))?.size).toBe(60);
    await ask('sales', 5);
    expect(await ask('sales', 5)).toBeNull();
    expect(whole).toEqual({ sales: 2, stock: 1 });
  } finally {
    now.mockRestore();
  }
});
