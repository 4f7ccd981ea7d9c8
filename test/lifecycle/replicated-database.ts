import type pg from 'pg';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { type Capture, createCapture } from '../../ingest/capture.ts';
import type { CaptureTiming } from '../../ingest/postgres/timing.ts';
import { FAST, sourceConfig, until } from '../../ingest/testing/scene.ts';
import type { TestPostgres } from '../../ingest/testing/test-postgres.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createWarehouseDestination } from '../../warehouse/load/destination.ts';
import { queryText, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { createFreezingClient, type FreezingClient } from './freezing-client.ts';

/** A database that is captured into a warehouse in this process, which can be stopped, and killed at a statement. */
export interface ReplicatedDatabase {
  readonly name: string;
  readonly client: pg.Client;
  connect(): Promise<pg.Client>;
  capture(): Capture;
  /** Another "process": new capture, new log, new loader. */
  start(): void;
  stop(): Promise<void>;
  /** Of the process that runs now. */
  freezing(): FreezingClient;
  phaseOf(table: string): string | undefined;
  untilPhase(table: string, phase: string): Promise<void>;
  /** Waits until everything that is committed now is durable in the warehouse and nothing is being copied. */
  settle(): Promise<void>;
  differences(): Promise<string[]>;
  warehouse(query: string): Promise<string>;
}

export async function replicateDatabase(options: {
  name: string;
  setup: string;
  /** A database that is there already; without it one is made, with the name of the source. */
  database?: string;
  postgres: TestPostgres;
  warehouse: TemporaryWarehouse;
  source?: Partial<SourceConfig>;
  timing?: Partial<CaptureTiming>;
}): Promise<ReplicatedDatabase> {
  const { name, setup, postgres, warehouse } = options;
  const { database } = options;
  const url = database === undefined ? await postgres.createDatabase(name) : postgres.url(database);
  const client = await postgres.connect(database ?? name);
  await client.query(setup);
  const logger = createLogger({ name: 'test', level: process.env.INGEST_TEST_LOG ?? 'silent' });
  let running: { capture: Capture; freezing: FreezingClient; stop(): Promise<void>; ended: Promise<unknown> } | null =
    null;

  function now() {
    if (running === null) throw new Error(`${name} is not captured now`);
    return running;
  }

  const phaseOf = (table: string) =>
    now()
      .capture.progress()
      .tables.find((each) => each.name === table)?.phase;

  async function untilTrue(what: string, condition: () => boolean): Promise<void> {
    let ended: { reason: unknown } | null = null;
    void now().ended.then((reason) => {
      ended = { reason };
    });
    await until(what, () => {
      if (ended !== null) throw ended.reason ?? new Error('capture ended');
      return condition();
    });
  }

  async function settle(): Promise<void> {
    const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_insert_lsn() - '0/0' as lsn");
    const lsn = BigInt(rows[0]?.lsn ?? 0);
    await client.query("select pg_logical_emit_message(false, 'test', '')");
    await untilTrue('the replicas to catch up', () => {
      const { state, durableLsn, tables } = now().capture.progress();
      return state === 'streaming' && durableLsn >= lsn && tables.every(({ phase }) => phase !== 'resyncing');
    });
  }

  return {
    name,
    client,
    connect: () => postgres.connect(database ?? name),
    capture: () => now().capture,
    freezing: () => now().freezing,
    start() {
      const freezing = createFreezingClient(warehouse.client);
      const destination = createWarehouseDestination({ client: freezing.client, logger, journal: true });
      const log = createDirectChangeLog({ destination });
      const timing = { ...FAST, ...options.timing };
      const capture = createCapture({ source: sourceConfig(name, url, options.source), log, logger, timing });
      const controller = new AbortController();
      const ended = capture.run(controller.signal).then(
        () => null,
        (error: unknown) => error,
      );
      running = {
        capture,
        freezing,
        ended,
        async stop() {
          controller.abort();
          if (freezing.isFrozen()) {
            // It waits for the warehouse for ever; its connections are closed, and that is all that a kill leaves.
            await until('the slot to be free', async () => (await slotIsActive(client, name)) === false);
            return;
          }
          await ended;
          await log.close();
        },
      };
    },
    async stop() {
      const stopping = running;
      running = null;
      await stopping?.stop();
    },
    phaseOf,
    untilPhase: (table, phase) => untilTrue(`${table} to be ${phase}`, () => phaseOf(table) === phase),
    settle,
    async differences() {
      await settle();
      return replicaDifferences({ source: name, url, client: warehouse.client });
    },
    warehouse: (query) => queryText(warehouse.client, query),
  };
}

async function slotIsActive(client: pg.Client, source: string): Promise<boolean | undefined> {
  const { rows } = await client.query<{ active: boolean }>(
    'select active from pg_replication_slots where slot_name = $1',
    [`millrace_${source}`],
  );
  return rows[0]?.active;
}
