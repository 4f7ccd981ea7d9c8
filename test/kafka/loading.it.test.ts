import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { KafkaGroup } from '../../changelog/kafka/client/kafka-group.ts';
import { sourceConfig, until } from '../../ingest/testing/scene.ts';
import { armFailpoint } from '../../runtime/failpoint.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { type CaptureIntoKafka, captureIntoKafka } from './kafka-scene.ts';
import { type LoaderUnderTest, loadedUpTo, startLoader } from './loading-scene.ts';
import { describeOverKafka } from './over-kafka.ts';

const title = 'loading from Kafka';
const TOPICS = { prefix: '', partitions: 6, replication: 1, settings: {} };

describeOverKafka(title, (engines) => {
  let capture: CaptureIntoKafka | null = null;

  function start(source: string): LoaderUnderTest {
    return startLoader({
      address: engines.broker.address,
      warehouse: engines.warehouse.client,
      source,
      topics: TOPICS,
      // As the command does it by way of the warehouse.
      onTableFailure: async ({ schema, table }) => capture?.capture.resync(`${schema}.${table}`),
    });
  }

  test('replicas equal the source: values, keys that move, truncates, unchanged values, loaders that end anywhere', async () => {
    const name = 'loading';
    const url = await engines.postgres.createDatabase(name);
    const connection = await engines.postgres.connect(name);
    await connection.query(`
      create type mood as enum ('sad', 'happy');
      create table every (id bigint primary key, n numeric(12,2), t text, ts timestamptz, d date, iv interval, m mood, a int[], b bytea, j jsonb, bt bit varying(9), tz timetz);
      create table moving (id int, part text, v int, big text, primary key (part, id));
      alter table moving alter big set storage external;
      create table emptied (id int primary key, v int);
      insert into every values (1, 1.50, E'tab\\t"q"', '2024-02-29 13:14:15.1+02', '2024-02-29', '1 mon -3 days', 'happy', '{1,2,NULL}', '\\x00ff', '{"a": [1, 2.50]}', '00101', '13:14:15+02'), (2, null, null, null, null, null, null, null, null, null, null, null);
      insert into moving select i, 'p' || i % 5, 0, repeat(md5(i::text), 100) from generate_series(1, 300) i;
      insert into emptied select i, i from generate_series(1, 50) i;
      create publication ${name}_publication for all tables`);
    capture = captureIntoKafka({
      address: engines.broker.address,
      source: sourceConfig(name, url),
      log: { topics: TOPICS },
    });
    let loader = start(name);
    for (let round = 0; round < 60; round++) {
      await connection.query('begin');
      await connection.query(`update moving set v = v + 1 where id % 20 = ${round % 20}`);
      await connection.query(`update moving set part = 'q' || ${round} where id = ${round * 4 + 1}`);
      await connection.query(`update moving set v = -1 where id = ${round * 4 + 1}`);
      await connection.query(`delete from moving where id = ${round * 4 + 2}`);
      if (round % 20 === 10) await connection.query('truncate emptied');
      await connection.query(`insert into emptied values (${round + 100}, ${round})`);
      await connection.query(
        `insert into every (id, t, iv, a) values (${round + 10}, '__debezium_unavailable_value', '${round} mons', '{${round}}')`,
      );
      await connection.query('commit');
      if (round % 15 === 14) {
        // Ended between what the warehouse has and what is noted.
        armFailpoint('changelog.loaded=fail@1');
        await until('the loader to fail', async () => {
          await connection.query('update every set n = coalesce(n, 0) + 1 where id = 2');
          return Promise.race([
            loader.ended.then(() => true),
            new Promise<boolean>((go) => setTimeout(go, 100, false)),
          ]);
        });
        expect(String(await loader.stop())).toContain('failpoint');
        armFailpoint(undefined);
        loader = start(name);
      }
    }
    const running = capture;
    await running.caughtUp(connection);
    await loadedUpTo(engines.warehouse.client, name, connection);
    expect(await replicaDifferences({ source: name, url, client: engines.warehouse.client })).toEqual([]);

    // Tables that are built anew beside their replicas, while their rows change.
    const settled = async (): Promise<string[]> => {
      await running.caughtUp(connection);
      let differences: string[] = [];
      await until('the replicas to equal the source', async () => {
        differences = await replicaDifferences({ source: name, url, client: engines.warehouse.client });
        return differences.length === 0;
      }).catch(() => {});
      return differences;
    };
    await running.capture.resync('public.moving');
    for (let round = 0; round < 20; round++) {
      await connection.query(`update moving set v = v + 100, part = 'r' || ${round} where id = ${round * 10 + 5}`);
      await connection.query(`delete from moving where id = ${round * 10 + 6}`);
    }
    expect(await settled()).toEqual([]);
    await connection.query('alter table emptied alter v type text');
    await connection.query("insert into emptied values (9001, 'text')");
    expect(await settled()).toEqual([]);
    await running.capture.resyncSource();
    await connection.query("update emptied set v = 'anew' where id = 9001");
    await until('the second epoch', () => running.capture.progress().state === 'streaming');
    expect(await settled()).toEqual([]);
    const types = `select type from system.columns where database = 'raw' and table = '${name}__emptied' and name = 'v'`;
    expect((await queryText(engines.warehouse.client, types)).trim()).toContain('String');
    expect(
      (
        await queryText(engines.warehouse.client, `select epoch from millrace.positions final where source = '${name}'`)
      ).trim(),
    ).toBe('2');
    expect(await loader.stop()).toBeNull();
    await running.stop();
  });

  test('a table without rows has its replica, and follows its shape and its builds', async () => {
    const name = 'rowless';
    const url = await engines.postgres.createDatabase(name);
    const connection = await engines.postgres.connect(name);
    await connection.query(`
      create table empty (id int primary key, v int);
      create table filled (id int primary key, v int);
      insert into filled values (1, 1);
      create publication ${name}_publication for all tables`);
    const running = captureIntoKafka({
      address: engines.broker.address,
      source: sourceConfig(name, url),
      log: { topics: TOPICS },
    });
    capture = running;
    const loader = start(name);
    const columns = async (): Promise<string> => {
      const query = `select arrayStringConcat(groupArray(column), ' ') from (
        select concat(table, '.', name) as column from system.columns
        where database = 'raw' and startsWith(table, '${name}__') and not startsWith(name, '_') order by table, name)`;
      return (await queryText(engines.warehouse.client, query)).trim().replaceAll(`${name}__`, '');
    };
    await running.caughtUp(connection);
    await loadedUpTo(engines.warehouse.client, name, connection);
    // The position says that everything is there.
    expect(await columns()).toBe('empty.id empty.v filled.id filled.v');

    await connection.query('alter table empty add w int; alter table filled add w text');
    await until('the shapes to be followed', async () => {
      await running.caughtUp(connection);
      return (await columns()) === 'empty.id empty.v empty.w filled.id filled.v filled.w';
    });
    // One that comes back has no id of its own.
    await connection.query('alter table filled drop w');
    await until('the column to be marked', async () => {
      const query = `select comment from system.columns where database = 'raw' and table = '${name}__filled' and name = 'w'`;
      return (await queryText(engines.warehouse.client, query)).includes('dropped');
    });

    await running.capture.resync('public.empty');
    await until('the build to be over', async () => {
      await running.caughtUp(connection);
      await loadedUpTo(engines.warehouse.client, name, connection);
      return running.capture.progress().tables.every(({ phase }) => phase === 'streaming');
    });
    await connection.query('insert into empty values (1, 2, 3)');
    await running.caughtUp(connection);
    await loadedUpTo(engines.warehouse.client, name, connection);
    expect(await replicaDifferences({ source: name, url, client: engines.warehouse.client })).toEqual([]);
    expect(await loader.stop()).toBeNull();
    await running.stop();
  });

  test('a topic that was shared out before this loader has read of it is loaded when it does', async () => {
    const name = 'early';
    const url = await engines.postgres.createDatabase(name);
    const connection = await engines.postgres.connect(name);
    await connection.query(`
      create table t (id int primary key);
      insert into t values (1);
      create publication ${name}_publication for all tables`);
    const units = [`position:${name}`, `${name}.t`];
    const joined = { memberId: 'me', generation: 1, isLeader: false, units };
    const { promise: isJoined, resolve } = Promise.withResolvers<void>();
    const loader = startLoader({
      address: engines.broker.address,
      warehouse: engines.warehouse.client,
      source: name,
      topics: TOPICS,
      group: {
        async join() {
          resolve();
          return joined;
        },
        heartbeat: async () => 'ok',
        commit: async () => true,
        leave: async () => {},
        close: async () => {},
      },
      onTableFailure: (_relation, failure) => Promise.reject(failure),
    });
    await isJoined;
    const running = captureIntoKafka({
      address: engines.broker.address,
      source: sourceConfig(name, url),
      log: { topics: TOPICS },
    });
    await running.caughtUp(connection);
    await loadedUpTo(engines.warehouse.client, name, connection);
    expect(await replicaDifferences({ source: name, url, client: engines.warehouse.client })).toEqual([]);
    expect(await loader.stop()).toBeNull();
    await running.stop();
  });

  test('whoever takes a topic over tells the brokers how far it is, also where nothing comes of it any more', async () => {
    const name = 'untold';
    const url = await engines.postgres.createDatabase(name);
    const connection = await engines.postgres.connect(name);
    await connection.query(`
      create table t (id int primary key);
      insert into t select generate_series(1, 10);
      create publication ${name}_publication for all tables`);
    const running = captureIntoKafka({
      address: engines.broker.address,
      source: sourceConfig(name, url),
      log: { topics: TOPICS },
    });
    /** One loader of the group; what it tells does not get to the brokers where it is killed before. */
    const startAlone = (commit: KafkaGroup['commit'], generation: number): LoaderUnderTest => {
      const joined = { memberId: 'me', generation, isLeader: false, units: [`position:${name}`, `${name}.t`] };
      const group = { join: async () => joined, heartbeat: async () => 'ok' as const, leave: async () => {} };
      return startLoader({
        address: engines.broker.address,
        warehouse: engines.warehouse.client,
        source: name,
        topics: TOPICS,
        group: { ...group, commit, close: async () => {} },
        onTableFailure: (_relation, failure) => Promise.reject(failure),
      });
    };
    const first = startAlone(async () => false, 1);
    await running.caughtUp(connection);
    await loadedUpTo(engines.warehouse.client, name, connection);
    expect(await first.stop()).toBeNull();
    const query = `select arraySum(offsets) from millrace.loader_progress final where topic = '${name}.t'`;
    const loaded = Number(await queryText(engines.warehouse.client, query));
    expect(loaded).toBe(10);
    let told = 0n;
    const second = startAlone(async (offsets) => {
      for (const each of offsets.get(`${name}.t`) ?? []) told += each;
      return true;
    }, 2);
    await until('it to be told', () => told === BigInt(loaded));
    expect(await second.stop()).toBeNull();
    await running.stop();
  });

  test('a table takes its replica’s place behind the rows before it, also where it is announced while a write is waited for', async () => {
    const name = 'announced';
    const url = await engines.postgres.createDatabase(name);
    const connection = await engines.postgres.connect(name);
    await connection.query(`
      create table t (id int primary key, v int);
      insert into t select i, 0 from generate_series(1, 10) i;
      create publication ${name}_publication for all tables`);
    const running = captureIntoKafka({
      address: engines.broker.address,
      source: sourceConfig(name, url),
      log: { topics: TOPICS },
    });
    capture = running;
    /** Inserts into the replica wait for it. */
    let gate: Promise<void> = Promise.resolve();
    let held = 0;
    const warehouse = new Proxy(engines.warehouse.client, {
      get(client, property) {
        const value = Reflect.get(client, property);
        if (property !== 'exec') return typeof value === 'function' ? value.bind(client) : value;
        return async (options: { query: string }) => {
          if (options.query.includes(`raw.\`${name}__t\``)) {
            held++;
            await gate;
          }
          return value.call(client, options);
        };
      },
    });
    const loader = startLoader({
      address: engines.broker.address,
      warehouse,
      source: name,
      topics: TOPICS,
      onTableFailure: (_relation, failure) => Promise.reject(failure),
    });
    await running.caughtUp(connection);
    await loadedUpTo(engines.warehouse.client, name, connection);
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    gate = opened;
    held = 0;
    await connection.query('update t set v = 1 where id = 1');
    await until('a write to be under way', () => held > 0);
    // The next batch waits for it.
    await connection.query('update t set v = 2 where id = 2');
    await running.caughtUp(connection);
    await sleep(1_000);
    // What removes this row comes in another shape, and is passed over.
    await connection.query('insert into t values (69, 69)');
    await connection.query('alter table t alter v type bigint; delete from t where id = 69');
    const phase = (): string | undefined => running.capture.progress().tables[0]?.phase;
    await until('the build to begin', () => phase() === 'resyncing');
    await until('the build to be announced', () => phase() === 'streaming');
    await sleep(1_000);
    open();
    await loadedUpTo(engines.warehouse.client, name, connection);
    expect(await replicaDifferences({ source: name, url, client: engines.warehouse.client })).toEqual([]);
    expect(await loader.stop()).toBeNull();
    await running.stop();
  });

  test('a table that is built anew again and again before anybody loads it is whole', async () => {
    const name = 'again';
    const url = await engines.postgres.createDatabase(name);
    const connection = await engines.postgres.connect(name);
    await connection.query(`
      create table t (id int primary key, v int, big text);
      alter table t alter big set storage external;
      insert into t select i, 0, repeat(md5(i::text), 100) from generate_series(1, 200) i;
      create publication ${name}_publication for all tables`);
    const running = captureIntoKafka({
      address: engines.broker.address,
      source: sourceConfig(name, url),
      log: { topics: TOPICS },
    });
    capture = running;
    await running.caughtUp(connection);
    const phase = (): string | undefined => running.capture.progress().tables[0]?.phase;
    for (let build = 1; build <= 3; build++) {
      // Every second one in another shape: the replica does not follow meanwhile.
      if (build === 2) await connection.query('alter table t alter v type bigint');
      else await running.capture.resync('public.t');
      let round = 0;
      const change = async (): Promise<void> => {
        round++;
        await connection.query(`update t set v = v + 1 where id % 50 = ${round % 50}`);
        await connection.query(`insert into t values (${build * 1000 + round}, ${build}, 'b')`);
        await connection.query(`delete from t where id = ${build * 40 + round}`);
      };
      await until('the build to begin', () => change().then(() => phase() !== 'streaming'));
      await until('the build to be over', () => change().then(() => phase() === 'streaming'));
      for (let more = 0; more < 5; more++) await change();
    }
    await running.caughtUp(connection);
    const loader = start(name);
    await loadedUpTo(engines.warehouse.client, name, connection);
    expect(await replicaDifferences({ source: name, url, client: engines.warehouse.client })).toEqual([]);
    expect(await loader.stop()).toBeNull();
    await running.stop();
  });
});
