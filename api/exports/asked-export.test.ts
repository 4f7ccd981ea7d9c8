import { expect, test } from 'vitest';
import type { ApiError } from '../problems/problem.ts';
import { readAskedExport } from './asked-export.ts';
import type { Exportable } from './exportable.ts';

const accept = () => Promise.reject(new Error('nobody asks'));
const ROUTES: Exportable[] = [
  { method: 'GET', route: '/v1/views/:view', accept },
  { method: 'POST', route: '/v1/cubes/:cube/query', accept },
];
const read = (body: unknown) => readAskedExport(ROUTES, body);

function wrong(body: unknown): readonly string[] {
  try {
    read(body);
  } catch (error) {
    return (error as ApiError).problems.map(({ parameter }) => parameter);
  }
  throw new Error('it was taken');
}

test('an address and its parts are the same', () => {
  const parts = { path: '/v1/views/orders%20old/', query: { channel: ['web', 'shop'], user_id: 17 } };
  expect(read({ request: parts, format: 'csv' })).toMatchObject({
    params: { view: 'orders old' },
    format: 'csv',
    request: { method: 'GET', query: { channel: ['web', 'shop'], user_id: '17' }, body: null },
  });
  const address = '/v1/views/orders%20old?channel=web&channel=shop&user_id=17';
  expect({ ...read({ request: address, format: 'csv' }).request.query }).toEqual({
    channel: ['web', 'shop'],
    user_id: '17',
  });
});

test('a question has its body', () => {
  const request = { path: '/v1/cubes/sales/query', body: { measures: ['units'] } };
  expect(read({ request, format: 'parquet' })).toMatchObject({
    params: { cube: 'sales' },
    request: { method: 'POST', body: { measures: ['units'] } },
  });
});

test('says everything that is wrong at once', () => {
  expect(wrong(null)).toEqual(['body', 'format', 'request']);
  expect(wrong({ request: '/v1/lag', format: 'json', when: 'now' })).toEqual(['when', 'format', 'request']);
  expect(wrong({ request: { path: '/v1/views/a?x=1', query: [], body: {} }, format: 'csv' })).toEqual([
    'request.query',
    'request.path',
  ]);
  expect(
    wrong({ request: { path: '/v1/views/a', query: { x: {}, y: [], z: [null] }, body: {} }, format: 'csv' }),
  ).toEqual(['request.query.x', 'request.query.y', 'request.query.z', 'request.body']);
  expect(wrong({ request: '/v1/views/a?format=csv', format: 'csv' })).toEqual(['request']);
  for (const path of [
    '',
    '/',
    '/v1/views',
    '/v1/views/',
    '/v1/views/%zz',
    'v1/views/a',
    '//v1/views/a',
    '/v1/cubes/a/explain',
  ]) {
    expect(wrong({ request: path, format: 'csv' }), path).toEqual(['request']);
  }
});
