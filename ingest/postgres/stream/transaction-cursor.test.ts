import { expect, test } from 'vitest';
import { TransactionCursor } from './transaction-cursor.ts';

test('passes over what an earlier run handed over, and nothing behind it', () => {
  const cursor = new TransactionCursor();
  cursor.resume(100n);
  expect(cursor.handedEndLsn).toBe(100n);
  expect(cursor.begin(90n)).toBe(false);
  expect(cursor.next()).toBe(false);
  expect(cursor.commit(100n)).toBe(false);
  expect(cursor.begin(100n)).toBe(true);
  expect(cursor.next()).toBe(true);
  expect(cursor.commit(110n)).toBe(true);
  expect(cursor.handedEndLsn).toBe(110n);
});

test('counts what an earlier run made durable as durable before the log has anything', () => {
  const cursor = new TransactionCursor();
  expect(cursor.durableLsn(0n)).toBe(0n);
  cursor.resume(100n);
  expect(cursor.durableLsn(0n)).toBe(100n);
  expect(cursor.durableLsn(101n)).toBe(101n);
});

test('stays where it is when an earlier position is resumed at', () => {
  const cursor = new TransactionCursor();
  cursor.resume(100n);
  cursor.resume(50n);
  expect(cursor.handedEndLsn).toBe(100n);
  expect(cursor.begin(99n)).toBe(false);
});

test('hands over the rest of a transaction that was cut by a lost connection', () => {
  const cursor = new TransactionCursor();
  expect(cursor.begin(10n)).toBe(true);
  expect(cursor.next()).toBe(true);
  cursor.reconnect();
  expect(cursor.begin(10n)).toBe(false);
  expect([cursor.next(), cursor.next()]).toEqual([false, true]);
  expect(cursor.commit(20n)).toBe(true);
  cursor.reconnect();
  expect(cursor.begin(10n)).toBe(false);
});
