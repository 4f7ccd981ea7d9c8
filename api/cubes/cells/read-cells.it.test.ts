import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../../warehouse/testing/temporary-warehouse.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { cellsQuery, readCells } from './read-cells.ts';
import type { HeldColumns } from './summable.ts';

const ROWS = 5_000;
const COLUMNS = {
  dimensions: [
    { name: 'region', type: 'String' },
    { name: 'day', type: 'Date32' },
  ],
  measures: [
    { name: 'place', type: 'Int64' },
    { name: 'refunds', type: 'Decimal(38, 2)' },
  ],
} as unknown as HeldColumns;

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  const run = (query: string) => warehouse.client.command({ query });
  await run('create database shop');
  await run(`create table shop.cube (region String, day Date32, place Int64, refunds Decimal(38, 2))
    engine = MergeTree order by place`);
  // Seldom anything: the warehouse keeps such columns as the places and values of what is there.
  await run(`insert into shop.cube
    select if(number % 50 = 3, 'north', ''), toDate32('2026-01-01') + number % 7, number, if(number % 40 = 7, toDecimal128(number, 2) / 100, 0)
    from numbers(${ROWS})`);
});
afterAll(() => warehouse?.stop());

async function read(maxRows: number) {
  const { sql, parameters } = cellsQuery({ columns: COLUMNS, relation: 'shop.cube', maxRows });
  const result = await warehouse.client.query({ query: sql, query_params: parameters, format: 'JSONEachRow' });
  const [row] = await result.json<TextRow>();
  return readCells(row as TextRow, COLUMNS, maxRows);
}

test('values of a row stay together, also in columns that are nearly empty', async () => {
  const kinds = await warehouse.client.query({
    query: `select groupUniqArray(serialization_kind) as kinds from system.parts_columns where database = 'shop'`,
    format: 'JSONEachRow',
  });
  expect(((await kinds.json<{ kinds: string[] }>())[0]?.kinds ?? []).toSorted()).toEqual(['Default', 'Sparse']);
  const cells = await read(ROWS);
  expect(cells?.rows).toBe(ROWS);
  const [regions, days] = ['region', 'day'].map((name) => cells?.dimensions.get(name) ?? []);
  const [places, refunds] = ['place', 'refunds'].map((name) => cells?.measures.get(name) ?? []);
  const found = places?.map((place, i) => [place, regions?.[i], days?.[i], refunds?.[i]]);
  const expected = Array.from({ length: ROWS }, (_, n) => [
    n,
    n % 50 === 3 ? 'north' : '(unknown)',
    `2026-01-0${1 + (n % 7)}`,
    n % 40 === 7 ? n : 0,
  ]);
  expect(found?.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(expected);
});

test('more rows than the most are none', async () => {
  expect(await read(ROWS - 1)).toBeNull();
});
