import { hostname } from 'node:os';
import type { ClickHouseClient } from '@clickhouse/client';

/** Told this often; whoever has not said so for the other time is gone. */
export const TELL_EVERY_MS = 5_000;
const GONE_AFTER_SECONDS = 20;

/** Says that this process keeps the models. */
export async function tellProcess(client: ClickHouseClient): Promise<void> {
  const values = [{ host: hostname(), pid: process.pid }];
  await client.insert({ table: 'millrace.models_process', values, format: 'JSONEachRow' });
}

/** It ends: whoever looks need not wait. */
export async function forgetProcess(client: ClickHouseClient): Promise<void> {
  await client.insert({ table: 'millrace.models_process', values: [{ host: '', pid: 0 }], format: 'JSONEachRow' });
}

/** Who keeps the models now; null: nobody. */
export async function readProcess(client: ClickHouseClient): Promise<{ host: string; pid: number } | null> {
  const result = await client.query({
    query: `
      select host, pid
      from millrace.models_process final
      where pid != 0 and seen_at > now64(6) - interval ${GONE_AFTER_SECONDS} second`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ host: string; pid: number }>();
  return row ?? null;
}
