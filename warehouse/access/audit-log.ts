import type { ClickHouseClient } from '@clickhouse/client';

/** One request, as `millrace.audit_log` has it. */
export interface AuditRow {
  readonly at: string;
  readonly request_id: string;
  readonly caller_kind: 'key' | 'token' | 'none';
  readonly caller: string;
  readonly caller_name: string;
  readonly address: string;
  readonly method: string;
  readonly route: string;
  readonly path: string;
  /** JSON. */
  readonly parameters: string;
  readonly status: number;
  readonly code: string;
  readonly watermark: string | null;
  readonly rows: number | null;
  readonly duration_ms: number;
}

export async function writeAuditRows(client: ClickHouseClient, rows: readonly AuditRow[]): Promise<void> {
  await client.insert({ table: 'millrace.audit_log', values: [...rows], format: 'JSONEachRow' });
}

export const AUDIT_DAYS = 90;

/** Drops the days that are older than what is kept, each as a whole. */
export async function trimAuditLog(client: ClickHouseClient, days: number = AUDIT_DAYS): Promise<void> {
  const result = await client.query({
    query: `
      select distinct partition
      from system.parts
      where database = 'millrace' and table = 'audit_log' and active
        and toUInt32OrZero(partition) < toYYYYMMDD(now('UTC') - toIntervalDay({days:UInt32}))`,
    query_params: { days },
    format: 'JSONEachRow',
  });
  for (const { partition } of await result.json<{ partition: string }>()) {
    await client.command({ query: `alter table millrace.audit_log drop partition ${BigInt(partition)}` });
  }
}
