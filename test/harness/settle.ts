import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { parseLsn } from '../../changelog/lsn.ts';
import type { RunningSystem } from './running-system.ts';

const SETTLE_MS = 120_000;

/** Waits until everything that is committed now is published: every source's position has passed its WAL's end. */
export async function untilPublished(
  system: Pick<RunningSystem, 'client' | 'log'>,
  urls: Readonly<Record<string, string>>,
  withinMs: number = SETTLE_MS,
): Promise<void> {
  const targets = new Map<string, bigint>();
  for (const [source, url] of Object.entries(urls)) targets.set(source, await walEnd(url));
  const deadline = Date.now() + withinMs;
  for (;;) {
    const published = await publishedPositions(system);
    const behind = [...targets]
      .filter(([source, lsn]) => (published.get(source) ?? 0n) < lsn)
      .map(([source]) => source);
    if (behind.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`not published after ${withinMs} ms: ${behind.join(', ')}\n${system.log().slice(-4000)}`);
    await sleep(100);
  }
}

async function walEnd(url: string): Promise<bigint> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn');
    return parseLsn(result.rows[0]?.lsn ?? '0/0');
  } finally {
    await client.end();
  }
}

async function publishedPositions(system: Pick<RunningSystem, 'client'>): Promise<Map<string, bigint>> {
  try {
    const result = await system.client.query({
      query: 'select source, lsn from millrace.watermarks order by watermark desc limit 1',
      format: 'JSONEachRow',
    });
    const [row] = await result.json<{ source: string[]; lsn: string[] }>();
    return new Map(row?.source.map((source, i) => [source, parseLsn(row.lsn[i] as string)]));
  } catch {
    return new Map(); // The warehouse is being restarted: asked again.
  }
}
