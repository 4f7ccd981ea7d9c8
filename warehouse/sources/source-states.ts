import type { ClickHouseClient } from '@clickhouse/client';

/** A row of `millrace.source_states`, without what the writer adds. Sizes in bytes. */
export interface SourceState {
  readonly source: string;
  /** What capture is doing, in its own words. */
  readonly state: string;
  /** Of its last failure; empty without one. */
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  readonly wal: {
    readonly retainedBytes: number;
    readonly limitBytes: number | null;
    readonly bytesPerSecond: number;
    readonly secondsLeft: number | null;
    readonly level: string;
  } | null;
}

/** Keeps `millrace.source_states` as what was last told, for whoever watches from another process. */
export interface SourceStates {
  /** One insert for all; at once for what is news, else not more often than every ten seconds. */
  record(states: readonly SourceState[], nowMs: number): Promise<void>;
}

const REFRESH_MS = 10_000;

export async function openSourceStates(client: ClickHouseClient): Promise<SourceStates> {
  const result = await client.query({
    query: 'select toString(max(sequence)) as sequence from millrace.source_states',
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ sequence: string }>();
  let sequence = BigInt(row?.sequence ?? 0);
  let written = new Map<string, { news: string; atMs: number }>();

  return {
    async record(states, nowMs) {
      const rows: Record<string, unknown>[] = [];
      const next = new Map(written);
      for (const { wal, ...state } of states) {
        const news = JSON.stringify([state, wal?.level]);
        const before = written.get(state.source);
        if (before?.news === news && nowMs - before.atMs < REFRESH_MS) continue;
        next.set(state.source, { news, atMs: nowMs });
        sequence += 1n;
        rows.push({
          ...state,
          wal_retained_bytes: wal?.retainedBytes ?? null,
          wal_limit_bytes: wal?.limitBytes ?? null,
          wal_bytes_per_second: wal?.bytesPerSecond ?? null,
          wal_seconds_left: wal?.secondsLeft ?? null,
          wal_level: wal?.level ?? '',
          sequence: sequence.toString(),
        });
      }
      if (rows.length === 0) return;
      await client.insert({ table: 'millrace.source_states', values: rows, format: 'JSONEachRow' });
      written = next;
    },
  };
}
