import type { ClickHouseClient } from '@clickhouse/client';
import { readLastWatermark } from '../../warehouse/models/store/watermarks.ts';

/** What readers see, and up to where that is. */
export interface PublishedAt {
  readonly watermark: string;
  /** Rows of another build may be others at one watermark. */
  readonly generation: number;
  /** By source: changes that committed before it are contained. */
  readonly lsns: ReadonlyMap<string, bigint>;
}

const LSN_MASK = (1n << 64n) - 1n;

export async function readPublishedAt(client: ClickHouseClient): Promise<PublishedAt | null> {
  const last = await readLastWatermark(client);
  if (last === null) return null;
  const lsns = last.positions.map(({ source, floor }) => [source, (BigInt(floor) >> 32n) & LSN_MASK] as const);
  return { watermark: last.watermark, generation: last.generation, lsns: new Map(lsns) };
}
