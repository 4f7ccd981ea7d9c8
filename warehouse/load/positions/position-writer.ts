import type { ClickHouseClient } from '@clickhouse/client';
import { createSharedInsert } from './shared-insert.ts';

/** A row of `millrace.positions`, as JSONEachRow. */
export interface PositionRow {
  readonly source: string;
  readonly lsn: string;
  readonly committed_at: string;
  readonly caught_up_at: string;
  readonly head_lsn: string;
  readonly rows: string;
  readonly state: string;
  readonly epoch: number;
  readonly floor: string;
  readonly consistent: boolean;
  readonly shape: string;
  readonly sequence: string;
}

/** Writes positions of all sources of a process; resolves when the row is on disk, rejects as the insert does. */
export type PositionWriter = (row: PositionRow) => Promise<void>;

/** Sources reach their positions at about the same time. */
export function createPositionWriter(insert: (rows: readonly PositionRow[]) => Promise<void>): PositionWriter {
  return createSharedInsert(insert);
}

export function insertPositions(client: ClickHouseClient): (rows: readonly PositionRow[]) => Promise<void> {
  return async (rows) => {
    await client.insert({ table: 'millrace.positions', values: rows, format: 'JSONEachRow' });
  };
}
