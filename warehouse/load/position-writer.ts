import type { ClickHouseClient } from '@clickhouse/client';

/** A row of `millrace.positions`, as JSONEachRow. */
export type PositionRow = Readonly<Record<string, unknown>>;

/** Writes positions of all sources of a process; resolves when the row is on disk, rejects as the insert does. */
export type PositionWriter = (row: PositionRow) => Promise<void>;

/**
 * Sources reach their positions at about the same time, and an insert costs the warehouse the same for one row as for
 * all: rows that come while an insert is on its way share the next one.
 */
export function createPositionWriter(insert: (rows: readonly PositionRow[]) => Promise<void>): PositionWriter {
  let waiting: PositionRow[] = [];
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

export function insertPositions(client: ClickHouseClient): (rows: readonly PositionRow[]) => Promise<void> {
  return async (rows) => {
    await client.insert({ table: 'millrace.positions', values: rows, format: 'JSONEachRow' });
  };
}
