import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordingLog } from '../../testing/recording-log.ts';
import { caughtUp, startCapture, until } from '../../testing/scene.ts';
import { changeUnseen, expectEqual, openShop, type Shop } from '../../testing/shop-scene.ts';
import { OLDEST_POSTGRES, startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';

async function dropSlot({ client, config }: Shop): Promise<void> {
  const slot = `millrace_${config.name}`;
  await until('the slot to be free', async () => {
    const { rows } = await client.query(`select active from pg_replication_slots where slot_name = $1`, [slot]);
    return rows[0]?.active === false;
  });
  await client.query('select pg_drop_replication_slot($1)', [slot]);
}

describe('a lost slot on the oldest Postgres', () => {
  let server: TestPostgres;

  beforeAll(async () => {
    server = await startTestPostgres([], { major: OLDEST_POSTGRES });
  });

  afterAll(() => server.stop());

  it('stops with a code, and a resync that is asked for ends with the rows of the source', async () => {
    const scene = await openShop(server, 'asked');
    const first = scene.start();
    await caughtUp(scene.client, first);
    await first.stop();
    await dropSlot(scene);
    await changeUnseen(scene.client);
    expect(await scene.start().ended).toMatchObject({ code: 'INGEST_SLOT_MISSING' });
    expect(scene.recorded.state?.epoch).toBe(1);
    const again = scene.start({}, true);
    await caughtUp(scene.client, again);
    await expectEqual(scene);
    expect(scene.recorded.state?.epoch).toBe(2);
    await scene.client.query(`update orders set v = 'later' where id < 100`);
    await caughtUp(scene.client, again);
    expect(await again.stop()).toBeNull();
    const third = scene.start();
    await caughtUp(scene.client, third);
    await expectEqual(scene);
    expect(scene.recorded.state?.epoch).toBe(2);
    expect(await third.stop()).toBeNull();
  });

  it.each(['dropped', 'recreated', 'ahead'])(
    'is mended by itself where that is configured, when it was %s',
    async (how) => {
      const scene = await openShop(server, how);
      const first = scene.start({ onLostSlot: 'resync' });
      await caughtUp(scene.client, first);
      await first.stop();
      const slot = `millrace_${how}`;
      if (how === 'ahead') {
        await changeUnseen(scene.client);
        await scene.client.query(`select pg_replication_slot_advance($1, pg_current_wal_lsn())`, [slot]);
      } else {
        await dropSlot(scene);
        await changeUnseen(scene.client);
        if (how === 'recreated')
          await scene.client.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
      }
      const again = scene.start({ onLostSlot: 'resync' });
      await caughtUp(scene.client, again);
      await expectEqual(scene);
      expect(scene.recorded.state?.epoch).toBe(2);
      expect(await again.stop()).toBeNull();
    },
  );

  it('is told when the server has less than was captured, and mended', async () => {
    const scene = await openShop(server, 'restored');
    const first = scene.start();
    await caughtUp(scene.client, first);
    await first.stop();
    scene.recorded.durableLsn += 1n << 32n; // As if the server had been restored from before.
    expect(await scene.start().ended).toMatchObject({ code: 'INGEST_SLOT_BEHIND' });
    const again = scene.start({ onLostSlot: 'resync' });
    await caughtUp(scene.client, again);
    await expectEqual(scene);
    await scene.client.query(`insert into items values (-77, 77)`);
    await caughtUp(scene.client, again);
    await expectEqual(scene);
    expect(await again.stop()).toBeNull();
  });

  it('copies a streaming source anew under writes when it is asked to', async () => {
    const scene = await openShop(server, 'live');
    const running = scene.start();
    await caughtUp(scene.client, running);
    const writer = await server.connect('live');
    let writing = true;
    const written = (async () => {
      for (let n = 0; writing; n++) {
        await writer.query(`insert into orders values (${20_000 + n}, 'w', repeat('y', 2500));
          update orders set v = 'w${n}' where id = ${n % 300}; delete from items where a = ${n % 300}`);
      }
    })();
    await running.capture.resyncSource();
    await until('the next epoch', () => scene.recorded.state?.epoch === 2);
    await caughtUp(scene.client, running);
    await running.capture.resyncSource();
    await until('the next epoch', () => scene.recorded.state?.epoch === 3);
    await caughtUp(scene.client, running);
    writing = false;
    await written;
    await caughtUp(scene.client, running);
    await expectEqual(scene);
    expect(await running.stop()).toBeNull();
  });

  it('keeps what was asked for through a crash at any save of the state', async () => {
    const scene = await openShop(server, 'crashed');
    const first = scene.start();
    await caughtUp(scene.client, first);
    await first.stop();
    await dropSlot(scene);
    await changeUnseen(scene.client);
    const before = scene.recorded.savedStates.length;
    const again = scene.start({ onLostSlot: 'resync' });
    await caughtUp(scene.client, again);
    await again.stop();
    const states = scene.recorded.savedStates.slice(before, before + 4);
    expect(states.length).toBeGreaterThan(2);
    for (const state of states) {
      // The state is that of the crash, the slot and the rows those that came after it: the worst that is left behind.
      scene.recorded.state = structuredClone(state);
      scene.recorded.durableLsn = 0n;
      scene.recorded.builds.clear();
      await changeUnseen(scene.client);
      const after = scene.start({ onLostSlot: 'resync' });
      await caughtUp(scene.client, after);
      await expectEqual(scene);
      await after.stop();
    }
  });
});

describe('a lost slot on the newest Postgres', () => {
  it('is told by its reason when its WAL was removed, and mended', async () => {
    const server = await startTestPostgres(['max_slot_wal_keep_size=1MB', 'wal_keep_size=0', 'max_wal_size=32MB']);
    const scene = await openShop(server, 'removed');
    const first = scene.start();
    await caughtUp(scene.client, first);
    await first.stop();
    await changeUnseen(scene.client);
    await until('the slot to be lost', async () => {
      await scene.client.query(`insert into items select n, n from generate_series(1000, 60000) n on conflict do nothing;
        delete from items where a >= 1000; select pg_switch_wal(); checkpoint`);
      const { rows } = await scene.client.query(`select wal_status from pg_replication_slots`);
      return rows[0].wal_status === 'lost';
    });
    expect(await scene.start().ended).toMatchObject({ code: 'INGEST_SLOT_WAL_REMOVED' });
    const again = scene.start({ onLostSlot: 'resync' });
    await caughtUp(scene.client, again);
    await expectEqual(scene);
    expect(await again.stop()).toBeNull();
    await server.stop();
  });

  it('is warned of in time: how much WAL is kept, of how much, and for how long that can go on', async () => {
    const server = await startTestPostgres(['max_slot_wal_keep_size=256MB']);
    const scene = await openShop(server, 'warned');
    // Nothing is confirmed: the sink takes everything and keeps nothing.
    const log = new RecordingLog({ autoDurable: false }, scene.recorded);
    const running = startCapture(scene.config, log, { heartbeatMs: 0 });
    await until('the snapshot', () => scene.recorded.state?.consistentLsn != null);
    const write = async (): Promise<void> => {
      await scene.client.query(`update orders set big = repeat(md5(random()::text), 1000)`);
    };
    await until('a warning', async () => {
      await write();
      const { wal } = running.capture.progress();
      return wal !== null && wal.level !== 'ok';
    });
    const wal = running.capture.progress().wal!;
    expect(wal.retainedBytes).toBeGreaterThan(1e6);
    expect(wal.limitBytes).toBeGreaterThan(200 * 2 ** 20);
    expect(wal.bytesPerSecond).toBeGreaterThan(0);
    expect(wal.secondsLeft).toBeCloseTo((wal.limitBytes! - wal.retainedBytes) / wal.bytesPerSecond, 3);
    log.confirm();
    await until('the WAL to be released', () => {
      log.confirm();
      return running.capture.progress().wal?.level === 'ok';
    });
    await running.stop();
    await server.stop();
  });

  it('goes on under a new epoch when the source moved to another cluster', async () => {
    const [from, to] = await Promise.all([startTestPostgres(), startTestPostgres()]);
    const scene = await openShop(from, 'moved');
    const first = scene.start();
    await caughtUp(scene.client, first);
    await first.stop();
    const there = await openShop(to, 'moved');
    await changeUnseen(there.client);
    await there.client.query(`update orders set v = 'moved'`);
    const url = there.config.url;
    expect(await scene.start({ url }).ended).toMatchObject({ code: 'INGEST_SOURCE_REPLACED' });
    const again = scene.start({ url, onLostSlot: 'resync' });
    await caughtUp(there.client, again);
    await expectEqual({ ...there, recorded: scene.recorded });
    expect(scene.recorded.state?.epoch).toBe(2);
    expect(await again.stop()).toBeNull();
    await Promise.all([from.stop(), to.stop()]);
  });

  it('goes on after a failover to a server that has all that was captured, and is told of one that has not', async () => {
    const server = await startTestPostgres();
    const scene = await openShop(server, 'promoted');
    const first = scene.start();
    await caughtUp(scene.client, first);
    await first.stop();
    const standby = await server.promotedCopy();
    const there = await standby.connect('promoted');
    await there.query(`update orders set v = 'after the failover'; delete from items where a < 9`);
    const { state, durableLsn } = scene.recorded.copy();
    const url = standby.url('promoted');
    const second = scene.start({ url });
    await caughtUp(there, second);
    await expectEqual({ ...scene, client: there });
    expect(scene.recorded.state?.epoch).toBe(1);
    await second.stop();
    // The same again, but the former primary had gone on and its changes were captured.
    Object.assign(scene.recorded, { state, durableLsn });
    const here = await server.connect('promoted');
    await here.query(`insert into orders values (123456, 'lost in the failover', null)`);
    const third = scene.start();
    await caughtUp(here, third);
    await third.stop();
    expect(await scene.start({ url }).ended).toMatchObject({ code: 'INGEST_SLOT_BEHIND' });
    const fourth = scene.start({ url, onLostSlot: 'resync' });
    await caughtUp(there, fourth);
    await expectEqual({ ...scene, client: there });
    await fourth.stop();
    await Promise.all([server.stop(), standby.stop()]);
  });

  it('is kept on standbys where that is configured, also when it exists already', async () => {
    const server = await startTestPostgres();
    const scene = await openShop(server, 'kept');
    const failover = async (): Promise<boolean> =>
      (await scene.client.query('select failover from pg_replication_slots')).rows[0].failover;
    const first = scene.start();
    await caughtUp(scene.client, first);
    await first.stop();
    expect(await failover()).toBe(false);
    const again = scene.start({ failoverSlot: true });
    await caughtUp(scene.client, again);
    expect(await failover()).toBe(true);
    await again.stop();
    await server.stop();
  });
});
