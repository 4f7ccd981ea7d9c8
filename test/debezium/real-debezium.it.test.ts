import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lackingForBroker } from '../../changelog/kafka/broker/local-broker.ts';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { type Connector, prepareConnector } from '../../ingest/debezium/testing/connector.ts';
import { captureTopics, type TopicsCapture } from '../../ingest/debezium/testing/topics-under-test.ts';
import { until } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { testClient } from '../kafka/kafka-scene.ts';
import { directLog } from './topics-scene.ts';

/** Composites are in no message; an interval's months, a zone, bits in front and a NULL that JSON has too are lost; `tsa` is
 * printed differently by the two that are compared. */
const LOST_COLUMNS = ['cmp', 'iv', 'titz', 'bv', 'ja', 'tsa'];
/**
 * Steps that are left out: those that alter rows without a message, with what rests on them; arrays of several dimensions, NaN
 * and infinity as precise decimals, which are lost; far and BC dates, which no replica takes.
 */
const LEFT_OUT = /alter table t_default|insert into t_default values\((6|999)|values\((205|209|212|214|201|202|207),/;

// A broker may be in a container; Debezium needs Java here.
const lacking = lackingForTestBroker() ?? lackingForBroker();
const title = 'topics of a real Debezium';

function statements(): { setUp: string; steps: string[] } {
  const text = readFileSync(join(import.meta.dirname, '../kafka/fixture/statements.sql'), 'utf8');
  const [setUp = '', rest = ''] = text.split(/^-- steps.*$/m);
  return { setUp, steps: rest.split('\n').filter((line) => line !== '' && !line.startsWith('-- ')) };
}

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let postgres: TestPostgres;
  let warehouse: TemporaryWarehouse;
  let connector: Connector | null = null;
  let running: TopicsCapture | null = null;

  beforeAll(async () => {
    [broker, postgres, warehouse] = await Promise.all([
      startTestBroker(),
      startTestPostgres(),
      startTemporaryWarehouse(),
    ]);
  }, 240_000);

  afterAll(async () => {
    await running?.stop();
    await connector?.remove();
    await Promise.all([broker?.stop(), postgres?.stop(), warehouse?.stop()]);
  });

  /** Everything that is committed now is in the replicas: told by a row of its own, which Debezium has to bring. */
  async function caughtUp(connection: pg.Client): Promise<void> {
    const { rows } = await connection.query<{ lsn: string }>("select pg_current_wal_insert_lsn() - '0/0' as lsn");
    await connection.query('insert into marks select coalesce(max(id), 0) + 1 from marks');
    const wanted = BigInt(rows[0]?.lsn ?? 0);
    await running?.until(
      'the replicas to catch up',
      (capture) => {
        const { state, durableLsn } = capture.progress();
        return state === 'streaming' && durableLsn > wanted;
      },
      90_000,
    );
  }

  test('gives the tables as they are, also when connector and capture were killed in the middle of a transaction', async () => {
    const url = await postgres.createDatabase('real');
    const connection = await postgres.connect('real');
    const { setUp, steps } = statements();
    await connection.query(setUp);
    await connection.query(`
      create table marks (id int primary key);
      create table many (id int primary key, v text);
      create table fat (id int primary key, n int, big text);
      alter table fat alter column big set storage external;
      insert into fat select i, 0, repeat(md5(i::text), 200) from generate_series(1, 20) i`);
    // What is compared: columns that Debezium writes as they are.
    const { rows: columns } = await connection.query<{ list: string }>(
      `select string_agg(quote_ident(attname), ', ' order by attnum) as list from pg_attribute
       where attrelid = 't_all'::regclass and attnum > 0 and attgenerated = '' and attname <> all($1)`,
      [LOST_COLUMNS],
    );
    await connection.query(
      `create publication real_publication for table t_all (${columns[0]?.list}), t_default, t_full, t_idx, t_cpk, t_toast,
       t_toast_full, t_uuidpk, t_ext (id, h, c, l), "Mixed Case", t_part_eu, t_part_us, marks, many, fat`,
    );
    const address = broker.address;
    connector = await prepareConnector({
      url,
      broker: address,
      prefix: 'real',
      slot: 'dbz',
      publication: 'dbz',
      partitions: 3,
      jvm: ['-Xmx768m', '-XX:TieredStopAtLevel=1'],
      properties: {
        'skipped.operations': 'none',
        'provide.transaction.metadata': 'true',
        'topic.creation.groups': 'transactions',
        'topic.creation.transactions.include': 'real[.]transaction',
        'topic.creation.transactions.partitions': '1',
        'topic.creation.transactions.replication.factor': '1',
      },
    });
    connector.start();
    const debezium = { brokers: [address], prefix: 'real' };
    let log = directLog(warehouse.client);
    const start = (): TopicsCapture => captureTopics({ name: 'real', url, log, debezium });
    running = start();
    await running.until('the copy', (capture) => capture.progress().state === 'streaming', 120_000);
    for (const step of steps) if (!LEFT_OUT.test(step)) await connection.query(step);
    await caughtUp(connection);
    const compared = { source: 'real', url, client: warehouse.client };
    expect(await replicaDifferences(compared)).toEqual([]);

    // A transaction that the connector has to send again, in part or whole.
    const client = testClient(address);
    await connection.query(`
      begin;
      insert into many select i, 'one' from generate_series(1, 20000) i;
      update fat set n = n + 1;
      update fat set id = id + 100 where id <= 10;
      delete from many where id % 3 = 0;
      commit`);
    await until('some rows of it', async () => {
      const offsets = await client.offsets('real.public.many').catch(() => []);
      return offsets.some(({ next }) => next > 500n);
    });
    await connector.kill();
    await Promise.all([running.stop(), log.close()]);
    log = directLog(warehouse.client);
    await connection.query("update many set v = 'two' where id < 100; delete from fat where id > 105");
    running = start();
    connector.start();
    await caughtUp(connection);
    await connection.query("truncate many; insert into many values (1, 'three'); update fat set n = 7");
    await caughtUp(connection);
    await Promise.all([client.close(), running.stop()]);
    await log.close();
    expect(await replicaDifferences(compared)).toEqual([]);
    const stopped = running.capture.progress().tables.filter(({ phase }) => phase === 'quarantined');
    expect(stopped.map(({ name, code }) => `${name} ${code}`)).toEqual([
      'public.t_nopk INGEST_DEBEZIUM_TABLE_WITHOUT_KEY',
      'public.t_nopk_full INGEST_DEBEZIUM_TABLE_WITHOUT_KEY',
    ]);
  }, 240_000);
});
