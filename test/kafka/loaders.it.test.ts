import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { Random } from '../../demo/random.ts';
import { until } from '../../ingest/testing/scene.ts';
import { loadConfig } from '../../runtime/config/load-config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { requestOfTable } from '../../warehouse/tables/table-requests.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { kill } from '../harness/running-system.ts';
import { openShopUnderTest, type ShopUnderTest } from '../harness/shop-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const STEPS = 150;
const PATIENCE_MS = 60_000;
const lacking = lackingForTestBroker();
const title = `three loaders over Kafka (seed ${SEED})`;
const CLI = join(import.meta.dirname, '../../cli/millrace.js');

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-loaders-'));
  const random = new Random(SEED);
  const loaders: ChildProcess[] = [];
  let broker: TestBroker;
  let shop: ShopUnderTest;
  let log = '';

  function startLoader(): ChildProcess {
    const child = spawn(process.execPath, [CLI, 'load', '--config', join(folder, 'system', 'millrace.yaml')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-100_000);
    });
    loaders.push(child);
    return child;
  }

  /** Who has written how far each topic is. */
  async function shares(): Promise<Record<string, number>> {
    const text = await queryText(
      shop.system().client,
      'select loader, count() from millrace.loader_progress final group by loader',
    );
    return Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => line.split('\t'))
        .map(([loader = '', topics]) => [loader, Number(topics)]),
    );
  }

  beforeAll(async () => {
    broker = await startTestBroker();
    const kafka = { brokers: [broker.address], prefix: `loaders-${SEED}.`, partitions: 6, replication: 1 };
    const systemFolder = join(folder, 'system');
    shop = await openShopUnderTest({
      seed: SEED,
      connections: 4,
      interleaving: 'seeded',
      log: { kafka },
      systemFolder,
    });
  }, 240_000);

  afterAll(async () => {
    for (const { pid, exitCode, signalCode } of loaders) {
      if (pid !== undefined && exitCode === null && signalCode === null) kill(pid);
    }
    await shop?.stop();
    await broker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('each has some of the tables; one that is killed, or stopped, is replaced; nothing is lost or doubled', async () => {
    const first = startLoader();
    const second = startLoader();
    await shop.workload.run({ steps: STEPS });
    await until(
      'three loaders to write',
      async () => {
        await shop.workload.run({ steps: 10 });
        return Object.keys(await shares()).length >= 3;
      },
      PATIENCE_MS,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${log.slice(-5_000)}`);
    });
    expect(await shop.differences(), `seed ${SEED}`).toEqual([]);

    // One at a random moment of the load: that of ingest, or another.
    const victim = [shop.system().pid('ingest'), first.pid, second.pid][random.between(0, 2)] as number;
    const busy = shop.workload.run({ steps: STEPS });
    await new Promise((resolve) => setTimeout(resolve, random.between(0, 1_500)));
    kill(victim);
    await busy;
    expect(await shop.differences(), `one killed, seed ${SEED}`).toEqual([]);

    // A deploy: one goes as it should, another comes.
    const rest = [first, second].filter(({ pid }) => pid !== victim);
    const moving = shop.workload.run({ steps: STEPS });
    rest[0]?.kill('SIGTERM');
    startLoader();
    await moving;
    expect(await shop.differences(), `one stopped, seed ${SEED}`).toEqual([]);
  }, 300_000);

  test('one that was taken for dead and goes on is passed over, and joins again', async () => {
    const frozen = loaders.find(({ exitCode, signalCode }) => exitCode === null && signalCode === null) as ChildProcess;
    const busy = shop.workload.run({ steps: STEPS });
    frozen.kill('SIGSTOP');
    try {
      await busy;
      // Without it nothing of its topics is published: others have them by now.
      expect(await shop.differences(), `frozen, seed ${SEED}`).toEqual([]);
    } finally {
      frozen.kill('SIGCONT');
    }
    await shop.workload.run({ steps: STEPS });
    expect(await shop.differences(), `thawed, seed ${SEED}`).toEqual([]);
    await until('it to join again', () => log.includes('the brokers had given it up'), PATIENCE_MS);
    expect(frozen.exitCode).toBeNull();
  }, 180_000);

  test('what the brokers are told is loaded is in the warehouse before', async () => {
    const kafka = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    const committed = async (): Promise<Map<string, number>> =>
      new Map(
        (await admin.fetchOffsets({ groupId: `loaders-${SEED}.millrace-loader` })).flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, offset }): [string, number] => [`${topic}/${partition}`, Number(offset)]),
        ),
      );
    const loaded = async (): Promise<Map<string, number>> => {
      const text = await queryText(
        shop.system().client,
        "select concat(topic, '/', toString(n - 1)), offset from millrace.loader_progress final array join offsets as offset, arrayEnumerate(offsets) as n",
      );
      const rows = text
        .trim()
        .split('\n')
        .map((line) => line.split('\t'));
      return new Map(rows.map(([name = '', offset]) => [name, Number(offset)]));
    };
    for (let sample = 0; sample < 5; sample++) {
      await shop.workload.run({ steps: 20 });
      const told = await committed();
      const known = await loaded();
      for (const [name, offset] of told) expect(known.get(name) ?? 0, name).toBeGreaterThanOrEqual(offset);
    }
    await until(
      'the brokers to know all of it',
      async () => {
        const [told, known] = [await committed(), await loaded()];
        return known.size > 30 && [...known].every(([name, offset]) => told.get(name) === offset);
      },
      PATIENCE_MS,
    );
    await admin.disconnect();
  }, 120_000);

  // It was paused as by an operator, and nothing said why.
  test('a table that the warehouse refuses is quarantined for its reason, and a resync brings it back', async () => {
    const config = loadConfig({ path: join(folder, 'system', 'millrace.yaml'), env: {}, cwd: folder });
    const logger = createLogger({ name: 'test', level: 'error' });
    const client = await connect({ config: config.warehouse, role: 'millrace', logger });
    const stateOf = async () =>
      (
        await queryText(
          client,
          "select state, code, position(detail, 'VIOLATED_CONSTRAINT') > 0 from millrace.table_states final where source = 'user' and table = 'roles'",
        )
      ).trim();
    const user = new pg.Client(shop.urls.user);
    user.on('error', () => {}); // The company may end before it.
    await user.connect();
    await client.command({ query: "alter table raw.user__roles add constraint no_more check name != 'refused'" });
    await user.query("insert into roles (name) values ('refused')");
    await until(
      'the table to be quarantined',
      async () => (await stateOf()) === 'quarantined\tMR-LOAD-007\t1',
      PATIENCE_MS,
    );
    await client.command({ query: 'alter table raw.user__roles drop constraint no_more' });
    await requestOfTable(client, { source: 'user', table: 'roles', action: 'resync' });
    await until('the table to stream again', async () => (await stateOf()).startsWith('streaming'), PATIENCE_MS);
    // The table came to its rows without a transaction of the source: of what is behind one, a watermark tells.
    await user.query("insert into roles (name) values ('taken')");
    expect(await shop.differences(), `seed ${SEED}`).toEqual([]);
    await Promise.all([user.end(), client.close()]);
  }, 150_000);
});
