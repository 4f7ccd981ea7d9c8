import { expect, it } from 'vitest';
import { Exact } from '../exact/exact.js';
import { stillSince } from './still-since.js';

const source = (name: string, total: string | null, more: object = {}) => ({
  source: name,
  is_whole: true,
  capture: null,
  lag_seconds: { capture: new Exact('500'), publish: new Exact('1'), total: total === null ? null : new Exact(total) },
  tables: { not_streaming: [] },
  ...more,
});

it('says nothing while the reports follow', () => {
  expect(stillSince({ data: [source('order', '3')], meta: { lag_seconds: new Exact('3.2') } })).toBeNull();
  expect(stillSince({ data: [], meta: { lag_seconds: null } })).toBeNull();
});

it('says since when, and which sources hold them for what reason', () => {
  const paused = { is_whole: false, tables: { not_streaming: [{ table: 'carts', state: 'paused' }] } };
  const failed = { capture: { state: 'retrying', code: 'INGEST_SOURCE_AWAY' } };
  const data = [
    source('a', '600', paused),
    source('b', '500', failed),
    source('c', '500'),
    source('d', '501'),
    source('e', '2'),
  ];
  expect(stillSince({ data, meta: { lag_seconds: new Exact('600') } }, Date.parse('2026-01-01T00:10:00Z'))).toEqual({
    since: '2026-01-01T00:00:00.000Z',
    seconds: 600,
    held: [
      { why: 'carts is paused', sources: ['a'] },
      { why: 'retrying (INGEST_SOURCE_AWAY)', sources: ['b'] },
      { why: 'no news of its capture', sources: ['c', 'd'] },
    ],
  });
});
