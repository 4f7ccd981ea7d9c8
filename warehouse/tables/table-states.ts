import type { ClickHouseClient } from '@clickhouse/client';
import { isoToText } from '../clickhouse/moment.ts';
import { LOAD_ERRORS } from '../load/errors.ts';

/** A row of `millrace.table_states`, without what the writer adds. */
export interface TableState {
  readonly source: string;
  readonly schema: string;
  readonly table: string;
  readonly state: string;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  /** ISO 8601; null: now, when the state is new. */
  readonly since: string | null;
  readonly snapshotRows: number;
  readonly snapshotBytes: number;
  readonly snapshotDone: number;
  /** Null unless it is being copied. */
  readonly snapshotRowsPerSecond: number | null;
  readonly snapshotSecondsLeft: number | null;
}

/** Keeps `millrace.table_states` as what was last told; writes only what changed. */
export interface TableStates {
  record(states: readonly TableState[]): Promise<void>;
}

/** Whoever looks at states hears of rejected rows after this long at the latest. */
const REJECTED_AGE_MS = 5_000;

/** What a degraded table is told. */
const REJECTED = {
  code: LOAD_ERRORS.rowsRejected.code,
  detail: LOAD_ERRORS.rowsRejected.cause,
  remedy: LOAD_ERRORS.rowsRejected.remedy,
};

export async function openTableStates(client: ClickHouseClient, now: () => Date): Promise<TableStates> {
  const result = await client.query({
    query: 'select toString(max(sequence)) as sequence from millrace.table_states',
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ sequence: string }>();
  let sequence = BigInt(row?.sequence ?? 0);
  let rejected = new Map<string, number>();
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  const written = new Map<string, { text: string; state: string; since: string }>();

  return {
    async record(states) {
      if (performance.now() - lookedAtMs >= REJECTED_AGE_MS) {
        rejected = await rejectedRows(client);
        lookedAtMs = performance.now();
      }
      const rows: Record<string, unknown>[] = [];
      for (const told of states) {
        const key = `${told.source} ${told.schema}.${told.table}`;
        const rejectedCount = rejected.get(key) ?? 0;
        const isDegraded = told.state === 'streaming' && rejectedCount > 0;
        const state = { ...told, ...(isDegraded ? { state: 'degraded', ...REJECTED } : {}), rejectedCount };
        const text = JSON.stringify(state);
        const before = written.get(key);
        if (before?.text === text) continue;
        const since = told.since ?? (before?.state === state.state ? before.since : now().toISOString());
        written.set(key, { text, state: state.state, since });
        sequence += 1n;
        rows.push({
          source: state.source,
          schema: state.schema,
          table: state.table,
          state: state.state,
          code: state.code,
          detail: state.detail,
          remedy: state.remedy,
          since: isoToText(since),
          rejected_rows: String(rejectedCount),
          snapshot_rows: String(state.snapshotRows),
          snapshot_bytes: String(state.snapshotBytes),
          snapshot_done: state.snapshotDone,
          snapshot_rows_per_second: state.snapshotRowsPerSecond,
          snapshot_seconds_left: state.snapshotSecondsLeft,
          sequence: sequence.toString(),
        });
      }
      if (rows.length > 0) {
        await client
          .insert({ table: 'millrace.table_states', values: rows, format: 'JSONEachRow' })
          .catch((error: unknown) => {
            written.clear(); // Not known to be there: written again.
            throw error;
          });
      }
    },
  };
}

/** Rows of each table that are rejected now, by `source schema.table`. */
async function rejectedRows(client: ClickHouseClient): Promise<Map<string, number>> {
  const result = await client.query({
    query: `
      select concat(r.source, ' ', r.schema, '.', r.table) as name, toFloat64(count()) as rows
      from (select replica, version from millrace.rejected final) as x
      inner join (select * from millrace.replicas final) as r on r.replica = x.replica
      left any join (select replica, max(version) as version from millrace.rejected_cleared group by replica) as c
        on c.replica = x.replica
      where x.version >= c.version
      group by name`,
    format: 'JSONEachRow',
  });
  return new Map((await result.json<{ name: string; rows: number }>()).map(({ name, rows }) => [name, rows]));
}
