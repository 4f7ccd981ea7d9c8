import { expect, test } from 'vitest';
import { judgeRow, type SeenRow } from './judge-row.ts';

const floors = { settled: 100n, moment: 200n, end: 1000n };
const seen = (more: Partial<SeenRow>): SeenRow => ({
  source: 'a',
  live: 'a',
  newestVersion: 50n,
  atMoment: 'a',
  ...more,
});

test('rows that are alike are equal, whenever they changed', () => {
  expect(judgeRow(seen({}), floors)).toBe('equal');
  expect(judgeRow(seen({ newestVersion: 500n }), floors)).toBe('equal');
  expect(judgeRow(seen({ source: null, live: null, newestVersion: null, atMoment: null }), floors)).toBe('equal');
});

test('a row that went on since is equal when it was at the moment, else it is looked at again', () => {
  expect(judgeRow(seen({ live: 'b', newestVersion: 500n }), floors)).toBe('equal');
  expect(judgeRow(seen({ live: 'b', newestVersion: 500n, atMoment: null }), floors)).toBe('moved');
  expect(judgeRow(seen({ source: null, live: 'b', newestVersion: 100n, atMoment: 'b' }), floors)).toBe('moved');
});

test('a difference below the floor is one, and says which', () => {
  expect(judgeRow(seen({ live: 'b', atMoment: 'b' }), floors)).toBe('changed');
  expect(judgeRow(seen({ live: null, atMoment: null }), floors)).toBe('missing');
  expect(judgeRow(seen({ live: null, atMoment: null, newestVersion: null }), floors)).toBe('missing');
  expect(judgeRow(seen({ source: null }), floors)).toBe('extra');
});

test('of two rows with one version the one that readers get counts', () => {
  expect(judgeRow(seen({ live: 'b', atMoment: 'a' }), floors)).toBe('changed');
});

test('nothing differs as long as transactions of earlier may be invisible', () => {
  expect(judgeRow(seen({ live: 'b', atMoment: 'b' }), { ...floors, settled: null })).toBe('moved');
});

test('a version that the source has not reached is a difference, whatever the row is', () => {
  expect(judgeRow(seen({ newestVersion: 1000n }), floors)).toBe('ahead');
  expect(judgeRow(seen({ newestVersion: 999n }), floors)).toBe('equal');
});
