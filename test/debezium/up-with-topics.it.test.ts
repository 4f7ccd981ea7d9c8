import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { TopicWriter } from '../../ingest/debezium/testing/topic-writer.ts';
import { topicsClient } from '../../ingest/debezium/testing/topics-under-test.ts';
import { until } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';

const lacking = lackingForTestBroker();
const title = 'millrace up';
const COMMAND = join(import.meta.dirname, '../../cli/millrace.js');

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let postgres: TestPostgres;
  let client: KafkaClient;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-topics-'));

  beforeAll(async () => {
    [broker, postgres] = await Promise.all([startTestBroker(), startTestPostgres()]);
    client = topicsClient(broker.address);
  }, 120_000);

  afterAll(async () => {
    await client?.close();
    await Promise.all([broker?.stop(), postgres?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  test('loads topics that a Debezium wrote, as its configuration says, and stops when it is told to', async () => {
    const url = await postgres.createDatabase('topics');
    const connection = await postgres.connect('topics');
    await connection.query('create table a (id int primary key, v text, secret text)');
    const writer = new TopicWriter({ client, prefix: 'shop', partitions: 2, lsn: 1_000n });
    await writer.createTopics(['public.a']);
    writer.copy([{ table: 'public.a', key: { id: 1 }, row: { id: 1, v: 'seed', secret: 's' } }], 1_000n);
    writer.transaction([{ table: 'public.a', op: 'c', key: { id: 2 }, after: { id: 2, v: 'x', secret: null } }]);
    await writer.flush();
    const config = join(folder, 'millrace.yaml');
    const source = {
      name: 'topics',
      url,
      connector: 'debezium-topics',
      debezium: { brokers: [broker.address], prefix: 'shop' },
      mask: ['a.secret'],
    };
    writeFileSync(
      config,
      stringify({
        warehouse: { url: 'embedded:warehouse', port: 0 },
        sources: [source],
        models: false,
        api: { port: 0 },
      }),
    );
    const child = spawn(process.execPath, [COMMAND, 'up', '--config', config, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let log = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-20_000);
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      await until('it to be ready', () => output.includes('"ready"') && output.endsWith('\n'), 60_000);
      const ready = JSON.parse(output.split('\n').find((line) => line.includes('"ready"')) ?? '{}') as {
        warehouse: string;
      };
      const { origin, username, password } = new URL(ready.warehouse);
      const warehouse = createClient({
        url: origin,
        username,
        password,
        keep_alive: { enabled: false },
        log: { level: ClickHouseLogLevel.OFF },
      });
      const rows = async (): Promise<string> => {
        const query = 'select id, v, secret from raw.topics__a final order by id';
        return (await (await warehouse.query({ query, format: 'TabSeparated' })).text()).trim();
      };
      await until('the rows', async () => (await rows().catch(() => '')).includes('2\t'), 30_000);
      expect(await rows()).toBe('1\tseed\t***\n2\tx\t\\N');
      const command = ['sources', 'resync', 'topics', '--config', config];
      const resync = await promisify(execFile)(process.execPath, [COMMAND, ...command]);
      expect(resync.stdout).toContain('topics');
      const epoch = async (): Promise<string> => {
        const query = "select epoch, consistent from millrace.positions final where source = 'topics'";
        return (await (await warehouse.query({ query, format: 'TabSeparated' })).text()).trim();
      };
      await until('the topics to be read anew', async () => (await epoch()) === '2\ttrue', 30_000);
      expect(await rows()).toBe('1\tseed\t***\n2\tx\t\\N');
      await warehouse.close();
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${log}`);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  }, 120_000);
});
