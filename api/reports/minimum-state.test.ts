import { expect, test } from 'vitest';
import { MIN_AS_OF, missingIn, unknownSources } from './minimum-state.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:10Z');
const STATE = {
  watermark: '4711',
  publishedAt: '2026-11-22T10:00:09.000000Z',
  asOf: { order: { lsn: '1/00000010', committed_at: null }, user: { lsn: '0/FFFFFFFF', committed_at: null } },
  lagSeconds: 2,
};

function missing(...texts: string[]): readonly string[] {
  const conditions = MIN_AS_OF.read(texts);
  if ('refused' in conditions) throw new Error(conditions.refused);
  return missingIn(STATE, conditions, NOW_MS);
}

test('positions are compared as numbers, whatever their text', () => {
  expect(missing('order:1/10', 'user:0/FFFFFFFF')).toEqual([]);
  expect(missing('order:1/a')).toEqual([]);
  expect(missing('order:1/11')).toEqual(['order is wanted up to 1/11, published is 1/00000010']);
  expect(missing('user:1/0,order:0/FFFFFFFF')).toEqual(['user is wanted up to 1/0, published is 0/FFFFFFFF']);
});

test('a watermark, and a moment up to which everything is there', () => {
  expect(missing('4711')).toEqual([]);
  expect(missing('4712')).toEqual(['watermark 4712 is wanted, 4711 is published']);
  expect(missing('2026-11-22T10:00:08Z')).toEqual([]);
  expect(missing('2026-11-22T11:00:08+01:00')).toEqual([]);
  expect(missing('2026-11-22T10:00:08.001Z')).toEqual([
    '2026-11-22T10:00:08.001Z is wanted, everything up to 2026-11-22T10:00:08.000Z is published',
  ]);
});

test('a source that no state has is named', () => {
  expect(unknownSources(STATE, [{ source: 'oder', lsn: '0/1' }, { watermark: 1n }])).toEqual(['oder']);
});

test.each([
  '',
  'order',
  'order:',
  'order:xyz',
  'order:0/1:2',
  ':0/1',
  '-1',
  'or der:0/1',
  '2026-11-22',
  '1,,2',
  'order:0/123456789',
])('refuses %j', (text) => {
  expect(MIN_AS_OF.read([text])).toMatchObject({ refused: expect.stringContaining('is none of them') });
});
