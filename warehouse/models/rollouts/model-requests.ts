import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';

/** What is asked of the process that keeps the models, wherever it runs. */
export type ModelRequest = {
  readonly id: string;
  /** It was taken up already: before a restart, or it takes a while. */
  readonly isBegun: boolean;
} & ModelAction;

export type ModelAction =
  | { readonly action: 'run'; readonly arguments: RunArguments }
  | { readonly action: 'rollback'; readonly arguments: RollbackArguments }
  | { readonly action: 'backfill'; readonly arguments: BackfillArguments };

export interface RunArguments {
  /** Hash of a kept folder. */
  readonly folder: string;
  /** Run data tests before readers see it. */
  readonly tests: boolean;
}

export interface RollbackArguments {
  /** Number of a rollout; null: the one before. */
  readonly to: number | null;
  readonly tests: boolean;
}

export interface BackfillArguments {
  /** None: every model that the range can be said of. */
  readonly models: readonly string[];
  readonly from: string | null;
  /** Not contained. */
  readonly to: string | null;
}

export interface ModelAnswer {
  readonly state: 'running' | 'done' | 'failed';
  /** Number of the rollout that it led to; 0: none. */
  readonly rollout: number;
  /** Of an error; else empty. */
  readonly code: string;
  readonly detail: string;
}

/** Writes a request down; it is carried out by whoever keeps the models, now or when it runs again. */
export async function requestOfModels(client: ClickHouseClient, asked: ModelAction): Promise<ModelRequest> {
  const id = randomUUID();
  await client.insert({
    table: 'millrace.model_requests',
    values: [
      { id, action: asked.action, arguments: JSON.stringify(asked.arguments), state: 'requested', sequence: '1' },
    ],
    format: 'JSONEachRow',
  });
  return { id, isBegun: false, ...asked };
}

/** Requests that nobody has taken up yet, in the order in which they were made. */
export async function pendingModelRequests(client: ClickHouseClient): Promise<ModelRequest[]> {
  const result = await client.query({
    query: `
      select toString(id) as id, action, arguments, state = 'running' as is_begun
      from millrace.model_requests final
      where state = 'requested' or (state = 'running' and action = 'backfill')
      order by requested_at`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ id: string; action: string; arguments: string; is_begun: number }>();
  return rows.map(
    ({ is_begun: begun, ...row }) =>
      ({ ...row, isBegun: Number(begun) === 1, arguments: JSON.parse(row.arguments) }) as ModelRequest,
  );
}

export async function answerModelRequest(client: ClickHouseClient, id: string, answer: ModelAnswer): Promise<void> {
  await client.command({
    query: `
      insert into millrace.model_requests
      select id, action, arguments, requested_at, {state:String}, {rollout:UInt64}, {code:String}, {detail:String}, sequence + 1
      from millrace.model_requests final
      where id = {id:UUID}`,
    query_params: { id, ...answer },
  });
}

/** Null while nobody has taken it up. */
export async function readModelAnswer(client: ClickHouseClient, id: string): Promise<ModelAnswer | null> {
  const result = await client.query({
    query: `
      select state, toFloat64(rollout) as rollout, code, detail
      from millrace.model_requests final
      where id = {id:UUID} and state != 'requested'`,
    query_params: { id },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<ModelAnswer>();
  return row ?? null;
}
