import type { ClickHouseClient } from '@clickhouse/client';
import { isoSql } from '../clickhouse/moment.ts';
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

const STATE = `
  toString(watermark) as watermark,
  ${isoSql('published_at')} as published_at,
  source, lsn,
  arrayMap(t -> if(t = toDateTime64(0, 6, 'UTC'), '', ${isoSql('t')}), committed_at) as committed_at,
  greatest(0, toUnixTimestamp64Micro(now64(6)) - toUnixTimestamp64Micro(arrayMin(caught_up_at))) / 1e6 as lag_seconds`;

/** The published watermark, or null while nothing has been published yet. */
export async function readPublished(client: ClickHouseClient): Promise<Published | null> {
  const result = await client.query({
    query: `select ${STATE} from millrace.watermarks order by millrace.watermarks.watermark desc limit 1`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<WatermarkRow>();
  return row === undefined ? null : publishedOf(row);
}

/** A state that was published: by its watermark, or the one that was current at a moment (Unix milliseconds). */
export type AsOf = { readonly watermark: string } | { readonly atMs: number };

/** `unknown`: there was none, or there is none yet. `gone`: it may not be kept any more. */
export type PublishedThen = Published | 'unknown' | 'gone';

/**
 * A state that was published, if it was the current one at some moment within the horizon. Null while nothing has been
 * published at all.
 */
export async function readPublishedThen(
  client: ClickHouseClient,
  asOf: AsOf,
  horizonMs: number,
): Promise<PublishedThen | null> {
  const [state, bounds] = await Promise.all([readThen(client, asOf), readBounds(client, horizonMs)]);
  if (bounds === null) return null;
  if (state !== null) return BigInt(state.watermark) >= bounds.oldest ? state : 'gone';
  // One that was never published, or whose row went long ago.
  return 'watermark' in asOf && BigInt(asOf.watermark) < bounds.oldest ? 'gone' : 'unknown';
}

async function readThen(client: ClickHouseClient, asOf: AsOf): Promise<Published | null> {
  const isIt =
    'watermark' in asOf
      ? 'watermark = {asked:UInt64}'
      : 'published_at <= fromUnixTimestamp64Milli({asked:Int64}) and {asked:Int64} <= toUnixTimestamp64Milli(now64(3))';
  const result = await client.query({
    query: `
      select ${STATE}
      from (select * from millrace.watermarks where ${isIt} order by watermark desc limit 1)`,
    query_params: { asked: 'watermark' in asOf ? asOf.watermark : asOf.atMs },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<WatermarkRow>();
  return row === undefined ? null : publishedOf(row);
}

/** Which state was the current one a horizon ago. */
async function readBounds(client: ClickHouseClient, horizonMs: number): Promise<{ oldest: bigint } | null> {
  const result = await client.query({
    query: `
      select toString(maxIf(watermark, published_at <= now64(6) - toIntervalMillisecond({horizon:UInt64}))) as oldest,
        toString(count()) as states
      from millrace.watermarks`,
    query_params: { horizon: Math.round(horizonMs) },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ oldest: string; states: string }>();
  return row === undefined || row.states === '0' ? null : { oldest: BigInt(row.oldest) };
}

function publishedOf(row: WatermarkRow): Published {
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

/** The view of an additive model that takes a watermark, of what adds up to its cells. */
export function partsView(model: string): string {
  return `store.${quoteIdentifier(`${model}_parts_at`)}`;
}

/**
 * Rows that add up to an additive model's cells at a watermark, several to a cell, in its columns: for queries that sum them
 * up anyway, to whom putting the cells together first would cost most of their time. A sum of row counts that is 0 means that
 * there is no cell.
 */
export function partsAt(model: string): string {
  return `${partsView(model)}(watermark = {watermark:UInt64})`;
}
