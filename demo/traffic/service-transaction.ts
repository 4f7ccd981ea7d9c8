import pg from 'pg';
import { SERVICES, type Service } from '../services.ts';
import { type SagaStep, STEP_RECORDS } from './order-saga.ts';

export type ServicePools = Record<Service, pg.Pool>;

/** A few connections for each service; broken ones are replaced when they are next needed. */
export function openPools(urls: Record<Service, string>, connections: number): ServicePools {
  const entries = SERVICES.map((service) => {
    const pool = new pg.Pool({ connectionString: urls[service], max: connections, connectionTimeoutMillis: 10_000 });
    pool.on('error', ignore); // An idle connection was lost: the pool has dropped it.
    // One that is in use: its query reports it. From the first moment on: between its connect and whoever waits for it the
    // pool has no listener, and the server's end may be in the same packet.
    pool.on('connect', (client) => client.on('error', ignore));
    return [service, pool] as const;
  });
  return Object.fromEntries(entries) as ServicePools;
}

export async function closePools(pools: ServicePools): Promise<void> {
  await Promise.all(Object.values(pools).map((pool) => pool.end()));
}

/** Names of statements, by text: a connection plans each but once. The texts are the program's own, so they are few. */
const STATEMENTS = new Map<string, string>();

function prepared(text: string, values: readonly Value[]): pg.QueryConfig {
  let name = STATEMENTS.get(text);
  if (name === undefined) {
    name = `traffic ${STATEMENTS.size}`;
    STATEMENTS.set(text, name);
  }
  return { name, text, values: [...values] };
}

type Value = string | number | boolean | null | readonly (string | number | null)[];

/** A transaction in one service that counts the rows it changes. */
export class ServiceTransaction {
  readonly #client: pg.ClientBase;
  changes = 0;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  /** Rows that the statement returns. */
  async read<R extends pg.QueryResultRow>(text: string, values: readonly Value[] = []): Promise<R[]> {
    return (await this.#client.query<R>(prepared(text, values))).rows;
  }

  /** As `read`, for a statement that changes rows. */
  async change<R extends pg.QueryResultRow>(text: string, values: readonly Value[] = []): Promise<R[]> {
    const { rows, rowCount } = await this.#client.query<R>(prepared(text, values));
    this.changes += rowCount ?? 0;
    return rows;
  }

  async event(event: {
    aggregateType: string;
    aggregateId: number;
    type: string;
    correlationId: string;
    payload: object;
    outcome?: string;
    compensates?: string | null;
  }): Promise<void> {
    const { aggregateType, aggregateId, type, correlationId, payload, outcome = 'succeeded', compensates } = event;
    await this.change(
      `insert into event_store (aggregate_type, aggregate_id, event_type, correlation_id, payload, outcome, compensates)
      values ($1, $2, $3, $4, $5, $6, (
        select max(id)
        from event_store
        where correlation_id = $4
          and event_type = $7))`,
      [aggregateType, String(aggregateId), type, correlationId, JSON.stringify(payload), outcome, compensates ?? null],
    );
  }

  /** A saga that this service completes by itself, with its event. */
  async completed(saga: {
    sagaType: string;
    aggregateType: string;
    aggregateId: number;
    type: string;
    payload: object;
  }): Promise<void> {
    const [row] = await this.change<{ correlation_id: string }>(
      `insert into saga_coordinator (saga_type, correlation_id, step, status, payload, finished_at)
      values ($1, gen_random_uuid(), $2, 'completed', $3, now())
      returning correlation_id`,
      [saga.sagaType, saga.type, JSON.stringify(saga.payload)],
    );
    await this.event({ ...saga, correlationId: row!.correlation_id });
  }

  /** The service's part in an order's saga reaches a step. */
  async step(saga: { correlationId: string; orderId: number; payload: object }, step: SagaStep): Promise<void> {
    const { status, finished, outcome, compensates, compensation } = STEP_RECORDS[step];
    const undo = compensation === null ? null : JSON.stringify({ action: compensation });
    const known = await this.change(
      `update saga_coordinator
      set step = $2, status = $3, compensation = $4, updated_at = now(), finished_at = case when $5 then now() end
      where correlation_id = $1
        and saga_type = 'order'
      returning id`,
      [saga.correlationId, step, status, undo, finished],
    );
    if (known.length === 0) {
      await this.change(
        `insert into saga_coordinator (saga_type, correlation_id, step, status, payload, compensation, finished_at)
        values ('order', $1, $2, $3, $4, $5, case when $6 then now() end)`,
        [saga.correlationId, step, status, JSON.stringify(saga.payload), undo, finished],
      );
    }
    const about = { aggregateType: 'order', aggregateId: saga.orderId, type: step };
    await this.event({ ...about, correlationId: saga.correlationId, payload: saga.payload, outcome, compensates });
  }
}

/** Runs `work` in one transaction. Rejects when it failed, or when nobody can tell whether it was committed. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (transaction: ServiceTransaction) => Promise<T>,
): Promise<{ result: T; changes: number }> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin');
    const transaction = new ServiceTransaction(client);
    const result = await work(transaction);
    await client.query('commit');
    return { result, changes: transaction.changes };
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw failure;
  } finally {
    client.release(failure); // A connection on which something failed is closed, which rolls back.
  }
}

function ignore(): void {}
