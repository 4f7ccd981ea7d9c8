import type { ClickHouseClient } from '@clickhouse/client';
import type { Laggard } from '../../../changelog/kafka/load/loader-warehouse.ts';

/** Writes down what a source's position waits for; null when for nothing. */
export async function writePositionWait(client: ClickHouseClient, source: string, wait: Laggard | null): Promise<void> {
  const { topic = '', partition = 0, loaded = 0n, wanted = 0n } = wait ?? {};
  await client.insert({
    table: 'millrace.position_waits',
    values: [{ source, topic, partition, loaded: loaded.toString(), wanted: wanted.toString() }],
    format: 'JSONEachRow',
  });
}
