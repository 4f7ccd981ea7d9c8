import type { ClickHouseClient } from '@clickhouse/client';
import { microsToText, textToIso } from '../../clickhouse/moment.ts';
import { quoteString } from '../../clickhouse/quote.ts';
import type { LoadedPosition } from '../../load/positions/loaded-position.ts';
import type { PublishedState } from '../../published/published.ts';

const KEPT_DAYS = 7;

/** Position of one source in a published state. */
export type PublishedPosition = Pick<LoadedPosition, 'source' | 'lsn' | 'committedAt' | 'caughtUpAt' | 'floor'>;

/** A published state. */
export interface Watermark {
  readonly watermark: string;
  readonly generation: number;
  readonly positions: readonly PublishedPosition[];
  /** Versions of snapshots that begin or end with this state do so at this time. */
  readonly moment: string;
}

interface WatermarkRow {
  watermark: string;
  generation: number;
  source: string[];
  lsn: string[];
  committed_at: string[];
  caught_up_at: string[];
  floor: string[];
  moment: string;
}

/** Published watermarks behind `after` (text of a number), oldest first. */
export async function readWatermarks(client: ClickHouseClient, after: string): Promise<Watermark[]> {
  const result = await client.query({
    query: `
      select toString(w.watermark) as watermark, w.generation as generation, w.source as source, w.lsn as lsn,
        arrayMap(t -> toString(t), w.committed_at) as committed_at,
        arrayMap(t -> toString(t), w.caught_up_at) as caught_up_at, arrayMap(f -> toString(f), w.floor) as floor,
        toString(w.moment) as moment
      from millrace.watermarks as w
      where w.watermark > {after:UInt64}
      order by w.watermark`,
    query_params: { after },
    format: 'JSONEachRow',
  });
  const rows = await result.json<WatermarkRow>();
  return rows.map((row) => ({
    watermark: row.watermark,
    generation: row.generation,
    moment: row.moment,
    positions: row.source.map((source, i) => ({
      source,
      lsn: row.lsn[i] as string,
      committedAt: row.committed_at[i] as string,
      caughtUpAt: row.caught_up_at[i] as string,
      floor: row.floor[i] as string,
    })),
  }));
}

/**
 * The state that was current so long ago, as its watermark: it and all that came since were current within that time. '0' when
 * nothing had been published yet.
 */
export async function readWatermarkBefore(client: ClickHouseClient, ageMs: number): Promise<string> {
  const result = await client.query({
    query: `
      select toString(max(watermark)) as watermark
      from millrace.watermarks
      where published_at <= now64(6) - toIntervalMillisecond({age:UInt64})`,
    query_params: { age: Math.round(ageMs) },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ watermark: string }>();
  return row?.watermark ?? '0';
}

/** Removes states that were published long ago, but never the last one: a system that was off for a month has it still. */
export async function trimWatermarks(client: ClickHouseClient): Promise<void> {
  const result = await client.query({
    query: `
      select distinct partition
      from system.parts
      where database = 'millrace' and table = 'watermarks' and active
        and toDate(partition) < toDate(now()) - ${KEPT_DAYS}
        and toDate(partition) < (select toDate(published_at) from millrace.watermarks order by watermark desc limit 1)`,
    format: 'JSONEachRow',
  });
  for (const { partition } of await result.json<{ partition: string }>()) {
    await client.command({ query: `alter table millrace.watermarks drop partition ${quoteString(partition)}` });
  }
}

/** The last published watermark, or null. */
export async function readLastWatermark(client: ClickHouseClient): Promise<Watermark | null> {
  const result = await client.query({
    query: 'select toString(max(watermark)) as watermark, count() as rows from millrace.watermarks',
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ watermark: string; rows: string }>();
  if (row === undefined || Number(row.rows) === 0) return null;
  const last = await readWatermarks(client, (BigInt(row.watermark) - 1n).toString());
  return last.at(-1) ?? null;
}

/** Makes a batch visible to everybody: one row, on disk when it resolves. */
export async function publishWatermark(
  client: ClickHouseClient,
  published: Watermark & { changes: number },
): Promise<PublishedState> {
  const { watermark, generation, positions, changes, moment } = published;
  const nowMs = Date.now();
  await client.insert({
    table: 'millrace.watermarks',
    values: [
      {
        watermark,
        published_at: (nowMs / 1000).toFixed(6),
        generation,
        source: positions.map((position) => position.source),
        lsn: positions.map((position) => position.lsn),
        committed_at: positions.map((position) => position.committedAt),
        caught_up_at: positions.map((position) => position.caughtUpAt),
        floor: positions.map((position) => position.floor),
        changes,
        moment,
      },
    ],
    format: 'JSONEachRow',
  });
  return {
    watermark,
    publishedAt: textToIso(microsToText(BigInt(nowMs) * 1000n)),
    asOf: Object.fromEntries(
      positions.map(({ source, lsn, committedAt }) => [
        source,
        { lsn, committed_at: committedAt === NEVER ? null : textToIso(committedAt) },
      ]),
    ),
    caughtUpAtMs: Math.min(...positions.map(({ caughtUpAt }) => Date.parse(textToIso(caughtUpAt)))),
  };
}

/** A time that never was, as ClickHouse prints it. */
const NEVER = microsToText(0n);
