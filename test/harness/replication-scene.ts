import type pg from 'pg';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { type Capture, createCapture } from '../../ingest/capture.ts';
import type { CaptureTiming } from '../../ingest/postgres/timing.ts';
import { FAST, sourceConfig, until } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createWarehouseDestination } from '../../warehouse/load/destination.ts';
import {
  queryText,
  startTemporaryWarehouse,
  type TemporaryWarehouse,
} from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from './compare-replicas.ts';

/** A real Postgres and a real ClickHouse; each scene is a database of the one and the replicas of it in the other. */
export interface ReplicationStage {
  readonly postgres: TestPostgres;
  readonly warehouse: TemporaryWarehouse;
  /** A database named as its source, prepared by `setup`, with a publication of everything unless `publication` says. */
  scene(name: string, setup: string, options?: SceneOptions): Promise<ReplicationScene>;
  stop(): Promise<void>;
}

export interface SceneOptions {
  /** Behind `create publication <name>_publication`. */
  readonly publication?: string;
  readonly source?: Partial<SourceConfig>;
  readonly timing?: Partial<CaptureTiming>;
}

export interface ReplicationScene {
  readonly name: string;
  readonly url: string;
  /** A superuser in the database. */
  readonly client: pg.Client;
  /** Another connection. */
  connect(): Promise<pg.Client>;
  /** Starts capture into the warehouse. */
  start(): Promise<void>;
  capture(): Capture;
  /** Drains and waits for the end. */
  stop(): Promise<void>;
  /** Waits until everything that is committed now is in the replicas. */
  settle(): Promise<void>;
  /** Settles; answers how the replicas differ from the tables. */
  differences(except?: readonly string[]): Promise<string[]>;
  /** A query on the warehouse as TabSeparated text. */
  warehouse(query: string): Promise<string>;
}

export async function openReplicationStage(flags: readonly string[] = []): Promise<ReplicationStage> {
  const [postgres, warehouse] = await Promise.all([startTestPostgres(flags), startTemporaryWarehouse()]);
  const scenes: ReplicationScene[] = [];
  return {
    postgres,
    warehouse,
    async scene(name, setup, options = {}) {
      const url = await postgres.createDatabase(name);
      const client = await postgres.connect(name);
      await client.query(setup);
      await client.query(`create publication ${name}_publication ${options.publication ?? 'for all tables'}`);
      const scene = createScene({ name, url, client, postgres, warehouse, options });
      scenes.push(scene);
      return scene;
    },
    async stop() {
      await Promise.all(scenes.map((scene) => scene.stop()));
      await Promise.all([postgres.stop(), warehouse.stop()]);
    },
  };
}

function createScene(parts: {
  name: string;
  url: string;
  client: pg.Client;
  postgres: TestPostgres;
  warehouse: TemporaryWarehouse;
  options: SceneOptions;
}): ReplicationScene {
  const { name, url, client, postgres, warehouse, options } = parts;
  const logger = createLogger({ name: 'test', level: process.env.INGEST_TEST_LOG ?? 'silent' });
  let running: { capture: Capture; stop(): Promise<void>; ended: Promise<unknown> } | null = null;

  function capture(): Capture {
    if (running === null) throw new Error(`capture of ${name} does not run`);
    return running.capture;
  }

  async function settle(): Promise<void> {
    const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_insert_lsn() - '0/0' as lsn");
    const lsn = BigInt(rows[0]?.lsn ?? 0);
    await client.query("select pg_logical_emit_message(false, 'test', '')");
    let ended: { reason: unknown } | null = null;
    void running?.ended.then((reason) => {
      ended = { reason };
    });
    await until(
      'the replicas to catch up',
      () => {
        if (ended !== null) throw ended.reason ?? new Error('capture ended');
        const { state, durableLsn } = capture().progress();
        return state === 'streaming' && durableLsn >= lsn;
      },
      60_000,
    );
  }

  return {
    name,
    url,
    client,
    connect: () => postgres.connect(name),
    capture,
    settle,
    async start() {
      const destination = createWarehouseDestination({ client: warehouse.client, logger, journal: true });
      const log = createDirectChangeLog({ destination });
      const capturing = createCapture({
        source: sourceConfig(name, url, options.source),
        log,
        logger,
        timing: { ...FAST, ...options.timing },
      });
      const controller = new AbortController();
      const ended = capturing.run(controller.signal).then(
        () => null,
        (error: unknown) => error,
      );
      running = {
        capture: capturing,
        ended,
        async stop() {
          controller.abort();
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
    async differences(except = []) {
      await settle();
      return replicaDifferences({ source: name, url, client: warehouse.client, except });
    },
    warehouse: (query) => queryText(warehouse.client, query),
  };
}
