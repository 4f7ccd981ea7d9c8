import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../runtime/errors.ts';
import { LOAD_ERRORS } from './errors.ts';

/**
 * A source goes on in the change log that it was loaded from: another one knows nothing of what capture has confirmed, and
 * would leave in the replicas what was removed in between. Throws MR-LOAD-017.
 */
export async function refuseLogsOfKafka(client: ClickHouseClient, source: string): Promise<void> {
  if (await hasRow(client, 'millrace.loader_progress', source)) {
    throw new MillraceError(LOAD_ERRORS.otherChangeLog, `${source} was loaded from Kafka`);
  }
}

/** As `refuseLogsOfKafka`, for a log in Kafka that does not know the source. The bookkeeping may not be there yet. */
export async function refuseLoadedSource(client: ClickHouseClient, source: string): Promise<void> {
  if (await hasRow(client, 'millrace.positions', source)) {
    throw new MillraceError(LOAD_ERRORS.otherChangeLog, `${source} is loaded, and these topics know nothing of it`);
  }
}

async function hasRow(client: ClickHouseClient, table: string, source: string): Promise<boolean> {
  const exists = await client.query({ query: `exists table ${table}`, format: 'JSONEachRow' });
  const [known] = await exists.json<{ result: number }>();
  if (known?.result !== 1) return false;
  const found = await client.query({
    query: `select 1 as found from ${table} where source = {source:String} limit 1`,
    query_params: { source },
    format: 'JSONEachRow',
  });
  return (await found.json()).length > 0;
}
