import { setImmediate } from 'node:timers/promises';

/** Resolves when the row is on disk, rejects as the insert does. */
export type SharedInsert<Row> = (row: Row) => Promise<void>;

/**
 * An insert costs the warehouse the same for one row as for many: rows that come together share one, and those that
 * come while it is on its way the next.
 */
export function createSharedInsert<Row>(insert: (rows: readonly Row[]) => Promise<void>): SharedInsert<Row> {
  let waiting: Row[] = [];
  let current: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  function send(): Promise<void> {
    const rows = waiting;
    waiting = [];
    next = null;
    const sent = insert(rows);
    const settled = sent
      .catch(() => {})
      .then(() => {
        if (current === settled) current = null;
      });
    current = settled;
    return sent;
  }

  return (row) => {
    waiting.push(row);
    next ??= (current ?? setImmediate()).then(send);
    return next;
  };
}
