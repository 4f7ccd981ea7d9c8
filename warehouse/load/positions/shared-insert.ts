/** Resolves when the row is on disk, rejects as the insert does. */
export type SharedInsert<Row> = (row: Row) => Promise<void>;

/**
 * An insert costs the warehouse the same for one row as for many: rows that come while one is on its way share the
 * next one.
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
    if (current === null) return send();
    next ??= current.then(send);
    return next;
  };
}
