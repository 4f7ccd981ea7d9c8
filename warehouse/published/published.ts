import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../clickhouse/quote.ts';

/** The state of the marts that every reader shares. */
export interface Published {
  /** Number of the last published batch. */
  readonly watermark: string;
  /** When it was published, ISO 8601. */
  readonly publishedAt: string;
  /** Per source: position up to which everything is contained. */
  readonly asOf: Readonly<Record<string, { readonly lsn: string; readonly committed_at: string | null }>>;
  /** Seconds since the oldest of the sources' positions was known to be its source's head. */
  readonly lagSeconds: number;
}

/** What was published, as whoever published it tells other processes: plain JSON. */
export interface PublishedState extends Omit<Published, 'lagSeconds'> {
  /** When the oldest of the sources' positions was known to be its source's head: Unix time in milliseconds. */
  readonly caughtUpAtMs: number;
}

interface WatermarkRow {
  watermark: string;
  published_at: string;
  source: string[];
  lsn: string[];
  committed_at: string[];
  lag_seconds: number;
}

/** The published watermark, or null while nothing has been published yet. */
export async function readPublished(client: ClickHouseClient): Promise<Published | null> {
  const result = await client.query({
    query: `
      select
        toString(watermark) as watermark,
        formatDateTime(published_at, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') as published_at,
        source, lsn,
        arrayMap(t -> if(t = toDateTime64(0, 6, 'UTC'), '', formatDateTime(t, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')), committed_at) as committed_at,
        greatest(0, toUnixTimestamp64Micro(now64(6)) - toUnixTimestamp64Micro(arrayMin(caught_up_at))) / 1e6 as lag_seconds
      from millrace.watermarks
      order by millrace.watermarks.watermark desc
      limit 1`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<WatermarkRow>();
  if (row === undefined) return null;
  const asOf: Record<string, { lsn: string; committed_at: string | null }> = {};
  for (const [index, source] of row.source.entries()) {
    asOf[source] = { lsn: row.lsn[index] ?? '0/0', committed_at: row.committed_at[index] || null };
  }
  return {
    watermark: row.watermark,
    publishedAt: row.published_at,
    asOf,
    lagSeconds: row.lag_seconds,
  };
}

/** The view of a model that takes a watermark. */
export function atView(model: string): string {
  return `store.${quoteIdentifier(`${model}_at`)}`;
}

/**
 * A model as a table expression, fixed at a watermark: for queries that pass `watermark` (UInt64) as a parameter, so
 * that several queries of one report see one state.
 */
export function modelAt(model: string): string {
  return `${atView(model)}(watermark = {watermark:UInt64})`;
}
