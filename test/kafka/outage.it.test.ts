import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalBroker, lackingForBroker, prepareLocalBroker } from '../../changelog/kafka/broker/local-broker.ts';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { KAFKA_LIMITS } from '../../changelog/kafka/kafka-limits.ts';
import { type HeapSampler, sampleHeap } from '../../ingest/testing/heap-sampler.ts';
import { sourceConfig } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { freePorts } from '../../runtime/free-port.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { startWeatherProxy, type WeatherProxy } from '../workload/weather-proxy.ts';
import { type CaptureIntoKafka, captureIntoKafka, testClient } from './kafka-scene.ts';
import { type LoaderUnderTest, loadedUpTo, startLoader } from './loading-scene.ts';

const lacking = lackingForBroker();
const title = 'brokers that are away, slow, or change';
/** A minute with MILLRACE_OUTAGE_SECONDS=60. */
const OUTAGE_MS = Number(process.env.MILLRACE_OUTAGE_SECONDS ?? 5) * 1000;
const PATIENCE_MS = 90_000 + 5 * OUTAGE_MS;
/** What waits for the brokers, in each direction, and what is made of it. */
const MAX_HELD_MIB = 40;
const TOPICS = { prefix: '', partitions: 6, replication: 2, settings: {} };
const LIMITS = { ...KAFKA_LIMITS, maxPendingBytes: 1 << 20 };

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-outage-'));
  /** The controller too, behind the network. */
  let first: LocalBroker;
  let second: LocalBroker;
  let network: WeatherProxy;
  let postgres: TestPostgres;
  let warehouse: TemporaryWarehouse;
  let client: KafkaClient;
  let address: string;

  beforeAll(async () => {
    const [port = 0, controller = 0, other = 0] = await freePorts(3);
    network = await startWeatherProxy(() => port);
    address = `127.0.0.1:${network.port}`;
    const common = {
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'offsets.topic.replication.factor': '2',
      'broker.session.timeout.ms': '2000',
      'broker.heartbeat.interval.ms': '300',
    };
    const ofFirst = {
      ...common,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `PLAINTEXT://${address}`,
    };
    const ofSecond = {
      ...common,
      'process.roles': 'broker',
      'node.id': '2',
      listeners: `PLAINTEXT://127.0.0.1:${other}`,
    };
    [first, second, postgres, warehouse] = await Promise.all([
      prepareLocalBroker({ folder: join(folder, 'first'), port, settings: ofFirst }),
      prepareLocalBroker({ folder: join(folder, 'second'), port: other, settings: ofSecond }),
      startTestPostgres(),
      startTemporaryWarehouse(),
    ]);
    await first.start();
    await second.start();
    client = testClient(address);
  }, 240_000);

  afterAll(async () => {
    await client?.close();
    await Promise.all([second?.kill(), first?.kill(), postgres?.stop(), warehouse?.stop()]);
    await network?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  let name = '';
  let url: string;
  let connection: pg.Client;
  let capture: CaptureIntoKafka;
  let loader: LoaderUnderTest;
  let number = 0;
  let rows = 0;

  beforeEach(async () => {
    name = `outage${++number}`;
    url = await postgres.createDatabase(name);
    connection = await postgres.connect(name);
    await connection.query(`
      create table item (id bigint primary key, n int not null, note text);
      create table other (id int primary key, item bigint);
      insert into item select i, 0, repeat('x', 400) from generate_series(1, 1000) i;
      create publication ${name}_publication for all tables`);
    const log = { topics: TOPICS, limits: LIMITS, compression: 'none' as const };
    capture = captureIntoKafka({ address, source: sourceConfig(name, url), log });
    const onTableFailure = (): Promise<void> => Promise.reject(new Error('no table fails here'));
    loader = startLoader({ address, warehouse: warehouse.client, source: name, topics: TOPICS, onTableFailure });
    await capture.caughtUp(connection);
    await loadedUpTo(warehouse.client, name, connection);
  });

  afterEach(async () => {
    await loader.stop();
    await capture.stop();
  });

  /** Full load until it is told to stop. Resolves with how many rows there were. */
  function load(): { stop(): Promise<number> } {
    let isOver = false;
    const before = rows;
    const done = (async () => {
      while (!isOver) {
        const from = 10_000 + rows;
        await connection.query('begin');
        await connection.query(
          `insert into item select ${from} + i, 0, repeat(md5(i::text), 12) from generate_series(1, 1000) i`,
        );
        await connection.query(`update item set n = n + 1 where id % 50 = ${rows % 50} and id < 5000`);
        await connection.query(`insert into other values (${from}, ${from})`);
        await connection.query('commit');
        rows += 1000;
        // As much as can be worked off in a test.
        await pause(200);
      }
    })();
    return {
      async stop() {
        isOver = true;
        await done;
        return rows - before;
      },
    };
  }

  /** Answers what the sampler has seen until then: to compare all rows takes memory as well. */
  async function allIsThere(sampler?: HeapSampler): Promise<number> {
    await capture.caughtUp(connection, PATIENCE_MS);
    await Promise.race([
      loadedUpTo(warehouse.client, name, connection),
      loader.ended.then((error) => Promise.reject(error)),
    ]);
    const held = sampler?.stop() ?? 0;
    expect(await replicaDifferences({ source: name, url, client: warehouse.client })).toEqual([]);
    return held;
  }

  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  test(
    'under full load without a broker memory stays flat, and nothing is lost',
    async () => {
      const busy = load();
      await pause(500);
      const sampler = sampleHeap();
      await Promise.all([first.kill(), second.kill()]);
      const startedAt = performance.now();
      await pause(OUTAGE_MS);
      const written = await busy.stop();
      await first.start();
      await second.start();
      const upAt = performance.now();
      const held = await allIsThere(sampler);
      if (process.env.MILLRACE_OUTAGE_SECONDS !== undefined) {
        const [away, after] = [upAt - startedAt, performance.now() - upAt].map((ms) => (ms / 1000).toFixed(1));
        console.log(`${written} rows; away for ${away} s, whole ${after} s later, ${held.toFixed(0)} MiB more held`);
      }
      // More was written than may be held.
      expect(written * 450).toBeGreaterThan(LIMITS.maxPendingBytes);
      expect(held).toBeLessThan(MAX_HELD_MIB);
    },
    PATIENCE_MS,
  );

  test(
    'goes on when the leaders change, and when the former one comes back',
    async () => {
      const busy = load();
      await pause(500);
      await second.kill();
      await pause(4_000);
      await busy.stop();
      // With one of the two.
      await allIsThere();
      const again = load();
      await second.start();
      await pause(1_000);
      await again.stop();
      await allIsThere();
    },
    PATIENCE_MS,
  );

  test(
    'goes on behind a broker that answers by fits and starts, and one that throttles',
    async () => {
      const sampler = sampleHeap();
      const quota = async (change: string): Promise<void> => {
        const program = second.command('kafka.admin.ConfigCommand');
        const at = ['--bootstrap-server', address, '--alter', '--entity-type', 'clients', '--entity-default'];
        await promisify(execFile)('java', [...program, ...at, ...change.split(' ')]);
      };
      await quota('--add-config producer_byte_rate=1000000,consumer_byte_rate=1000000');
      const busy = load();
      for (let fit = 0; fit < 6; fit++) {
        network.stall();
        await pause(400);
        network.clear();
        await pause(100);
      }
      await busy.stop();
      await quota('--delete-config producer_byte_rate,consumer_byte_rate');
      expect(await allIsThere(sampler)).toBeLessThan(MAX_HELD_MIB);
    },
    PATIENCE_MS,
  );
});
