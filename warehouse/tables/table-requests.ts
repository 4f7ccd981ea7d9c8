import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';

/** What operators ask of a table. */
export type TableAction = 'pause' | 'resume' | 'resync';

/** In place of a table's name: the whole source, with its slot. */
export const EVERY_TABLE = '*';

export interface TableRequest {
  readonly id: string;
  readonly source: string;
  /** `table` or `schema.table`, as it was asked for. */
  readonly table: string;
  /** Loaders ask for a quarantine: the table cannot be loaded. */
  readonly action: TableAction | 'quarantine';
  /** Of the failure that it is asked for; empty when an operator asks. */
  readonly code: string;
  readonly detail: string;
}

export interface TableAnswer {
  readonly outcome: 'done' | 'failed';
  /** Of an error; empty when done. */
  readonly code: string;
  /** The table that was meant, or what is wrong. */
  readonly detail: string;
}

/** Writes a request down; it is carried out by whoever captures the source, now or when it runs again. */
export async function requestOfTable(
  client: ClickHouseClient,
  request: Pick<TableRequest, 'source' | 'table' | 'action'> & Partial<Pick<TableRequest, 'code' | 'detail'>>,
): Promise<TableRequest> {
  const written = { id: randomUUID(), code: '', detail: '', ...request };
  const row = { ...written, outcome: '', sequence: '1' };
  await client.insert({ table: 'millrace.table_requests', values: [row], format: 'JSONEachRow' });
  return written;
}

/** Requests that nobody has answered yet, in the order in which they were made. */
export async function pendingRequests(client: ClickHouseClient): Promise<TableRequest[]> {
  const result = await client.query({
    query: `
      select toString(id) as id, source, table, action, code, detail
      from millrace.table_requests final
      where outcome = ''
      order by requested_at`,
    format: 'JSONEachRow',
  });
  return result.json<TableRequest>();
}

export async function answerRequest(
  client: ClickHouseClient,
  request: TableRequest,
  answer: TableAnswer,
): Promise<void> {
  await client.command({
    query: `
      insert into millrace.table_requests
      select id, source, table, action, requested_at, {outcome:String}, {code:String}, {detail:String}, now64(6), sequence + 1
      from millrace.table_requests final
      where id = {id:UUID} and outcome = ''`,
    query_params: { id: request.id, ...answer },
  });
}

/** Null while it is not answered. */
export async function readAnswer(client: ClickHouseClient, id: string): Promise<TableAnswer | null> {
  const result = await client.query({
    query: `select outcome, code, detail from millrace.table_requests final where id = {id:UUID} and outcome <> ''`,
    query_params: { id },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<TableAnswer>();
  return row ?? null;
}
