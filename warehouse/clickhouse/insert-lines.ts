import { Readable } from 'node:stream';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { insertSettings } from './insert-settings.ts';

/** Inserts TabSeparated lines; resolves when they are on disk (the server fsyncs parts before it answers). */
export async function insertLines(options: {
  client: ClickHouseClient;
  /** `database.table (columns)`, quoted; with `select ... from input(...)` where lines have other columns. */
  target: string;
  lines: Buffer;
  queryId?: string;
  settings?: ClickHouseSettings;
}): Promise<void> {
  const { client, target, lines, queryId, settings } = options;
  const result = await client.exec({
    query: `insert into ${target} format TabSeparated`,
    values: Readable.from([lines], { objectMode: false }),
    ...(queryId === undefined ? {} : { query_id: queryId }),
    clickhouse_settings: { ...insertSettings(lines.length), ...settings },
  });
  for await (const _ of result.stream) {
    // An insert answers nothing; the end of the answer is the acknowledgement.
  }
}
