import type { ClickHouseClient } from '@clickhouse/client';
import type { PositionRow } from './position-writer.ts';

/** How far the replicas of one source have come; plain JSON, so that it can be told to another process. */
export interface LoadedPosition {
  readonly source: string;
  readonly lsn: string;
  /** DateTime64(6) text, as ClickHouse prints it. */
  readonly committedAt: string;
  readonly caughtUpAt: string;
  /** Versions below it are contained: UInt128 as text. */
  readonly floor: string;
  /** False while the source is copied: its replicas are of no one moment. */
  readonly consistent: boolean;
  /** Another one when a replica of the source got another shape. */
  readonly shape: string;
  /** UInt64 as text; of two positions of a source the one with the higher number is the later one. */
  readonly sequence: string;
}

export function toLoadedPosition(row: Omit<PositionRow, 'rows' | 'state' | 'epoch' | 'head_lsn'>): LoadedPosition {
  return {
    source: row.source,
    lsn: row.lsn,
    committedAt: row.committed_at,
    caughtUpAt: row.caught_up_at,
    floor: row.floor,
    consistent: row.consistent,
    shape: row.shape,
    sequence: row.sequence,
  };
}

/** Where the loader stands, all sources at one moment. */
export async function readPositions(client: ClickHouseClient): Promise<LoadedPosition[]> {
  const result = await client.query({
    query: `
      select source, lsn, toString(committed_at) as committed_at, toString(caught_up_at) as caught_up_at,
        toString(floor) as floor, consistent, toString(shape) as shape, toString(sequence) as sequence
      from millrace.positions final
      order by source`,
    format: 'JSONEachRow',
  });
  return (await result.json<PositionRow>()).map(toLoadedPosition);
}
