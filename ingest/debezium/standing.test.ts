import { expect, test } from 'vitest';
import { standingOf } from './standing.ts';

const transaction = { id: 7, endLsn: 200n };
const row = (previousLsn: bigint | null, lsn: bigint, transactionId: number) => ({ previousLsn, lsn, transactionId });

test('takes a row for the transaction that ends next when the commit before it was handed over', () => {
  expect(standingOf(row(100n, 150n, 7), transaction, 100n)).toBe('now');
});

test('takes a row whose change lies before the commit before it for what its commit says', () => {
  expect(standingOf(row(100n, 40n, 7), transaction, 100n)).toBe('now');
  expect(standingOf(row(200n, 40n, 8), transaction, 100n)).toBe('later');
});

test('passes over a row of a transaction that was handed over, also when none is over now', () => {
  expect(standingOf(row(90n, 95n, 6), transaction, 100n)).toBe('behind');
  expect(standingOf(row(90n, 95n, 6), null, 100n)).toBe('behind');
});

test('leaves a row of a later transaction where it is', () => {
  expect(standingOf(row(200n, 250n, 8), transaction, 100n)).toBe('later');
  expect(standingOf(row(100n, 150n, 7), null, 100n)).toBe('later');
});

test('says so when a row of another transaction stands before the end of this one', () => {
  expect(standingOf(row(100n, 150n, 8), transaction, 100n)).toBe('diverged');
});

test('goes by the transaction and its LSN when Debezium knew of no commit before', () => {
  expect(standingOf(row(null, 150n, 7), transaction, 100n)).toBe('now');
  expect(standingOf(row(null, 90n, 7), transaction, 100n)).toBe('now');
  expect(standingOf(row(null, 90n, 6), transaction, 100n)).toBe('behind');
  expect(standingOf(row(null, 250n, 8), transaction, 100n)).toBe('later');
  expect(standingOf(row(null, 250n, 7), transaction, 100n)).toBe('later');
});
