import { expect, test } from 'vitest';
import { parseExactly } from './exact-json.ts';
import { rowsOfPages } from './pages.ts';
import { problemOf } from './problem-error.ts';

test('decimals and large integers keep every digit, other integers are numbers', () => {
  expect(
    parseExactly('{"a":12345678901234567890.10,"b":9007199254740993,"c":-7,"d":"1.5","e":[0.10,null,true]}'),
  ).toEqual({
    a: '12345678901234567890.10',
    b: '9007199254740993',
    c: -7,
    d: '1.5',
    e: ['0.10', null, true],
  });
});

test('pages are asked for one by one until there is none behind', async () => {
  const asked: (string | undefined)[] = [];
  const pages = [
    { data: [1, 2], meta: { next_cursor: 'b' } },
    { data: [], meta: { next_cursor: 'c' } },
    { data: [3], meta: { next_cursor: null } },
  ];
  const rows: number[] = [];
  const ask = async (cursor: string | undefined) => {
    asked.push(cursor);
    return { data: pages[asked.length - 1] as (typeof pages)[number] };
  };
  for await (const row of rowsOfPages(ask)) rows.push(row);
  expect(rows).toEqual([1, 2, 3]);
  expect(asked).toEqual([undefined, 'b', 'c']);
});

test('what is no problem document is a problem all the same', async () => {
  const problem = await problemOf(new Response('<html>', { status: 502, headers: { 'retry-after': '5' } }));
  expect(problem).toMatchObject({ code: 'UNKNOWN', status: 502, retryAfterSeconds: 5 });
});
