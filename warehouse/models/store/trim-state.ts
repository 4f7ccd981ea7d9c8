import type { ClickHouseClient } from '@clickhouse/client';
import { trimJournal } from '../journal.ts';
import { trimReadable } from './readable-states.ts';
import { readWatermarks, trimWatermarks } from './watermarks.ts';

/**
 * Removes published states that are long past, and changes that the models have taken over. Works from the warehouse alone:
 * whoever keeps the models may be one published state behind it, so changes are needed from the last but one on.
 */
export async function trimState(client: ClickHouseClient): Promise<void> {
  await trimWatermarks(client);
  await trimReadable(client);
  const floors = await readTakenOver(client);
  for (const [source, floor] of floors) await trimJournal(client, source, floor);
}

/** By source: versions below which whoever keeps the models has everything. */
async function readTakenOver(client: ClickHouseClient): Promise<Map<string, string>> {
  const result = await client.query({
    query: `
      select toString(watermark - 1) as after
      from millrace.watermarks
      order by millrace.watermarks.watermark desc
      limit 1 offset 1`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ after: string }>();
  const [state] = row === undefined ? [] : await readWatermarks(client, row.after);
  return new Map(state?.positions.map(({ source, floor }) => [source, floor]));
}
