import type pg from 'pg';
import { expect, it } from 'vitest';
import { caughtUp, until } from '../../testing/scene.ts';
import { changeUnseen, expectEqual, openShop, type Shop } from '../../testing/shop-scene.ts';
import { startTestPostgres } from '../../testing/test-postgres.ts';

async function captured(shop: Shop): Promise<void> {
  const first = shop.start();
  await caughtUp(shop.client, first);
  expect(await first.stop()).toBeNull();
}

const untilLost = (client: pg.Client, slot: string, reason: string, prod: () => Promise<unknown>): Promise<void> =>
  until(`${slot} to be lost`, async () => {
    await prod();
    const { rows } = await client.query('select invalidation_reason from pg_replication_slots where slot_name = $1', [
      slot,
    ]);
    return rows[0]?.invalidation_reason === reason;
  });

/** Told with its code, and mended where that is configured. */
async function expectMended(shop: Shop, code: string, url = shop.config.url): Promise<void> {
  expect(await shop.start({ url }).ended).toMatchObject({ code, policy: 'operator' });
  const again = shop.start({ url, onLostSlot: 'resync' });
  await caughtUp(shop.client, again);
  await expectEqual(shop);
  expect(shop.recorded.state?.epoch).toBe(2);
  expect(await again.stop()).toBeNull();
}

it('is told of a slot that was idle for longer than the server allows, and mended', async () => {
  const server = await startTestPostgres();
  const shop = await openShop(server, 'idle');
  await captured(shop);
  await server.restart(['idle_replication_slot_timeout=1s']);
  const client = await server.connect('idle');
  await changeUnseen(client);
  await untilLost(client, 'millrace_idle', 'idle_timeout', () => client.query('checkpoint'));
  await expectMended({ ...shop, client }, 'INGEST_SLOT_IDLE_TIMEOUT');
  await server.stop();
});

it('is told of what slots lose on a standby that is promoted, and mended; a standby is waited for', async () => {
  const server = await startTestPostgres(['hot_standby_feedback=off', 'max_standby_streaming_delay=0']);
  const rowsShop = await openShop(server, 'rows');
  const levelShop = await openShop(server, 'level');
  await captured(rowsShop);
  await captured(levelShop);
  const standby = await server.standby();
  const there = { rows: await standby.connect('rows'), level: await standby.connect('level') };
  const here = await server.connect('rows');
  await here.query(`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_type = 'logical'`);
  // Catalog rows that the slot of this database would need to decode.
  await untilLost(there.rows, 'millrace_rows', 'rows_removed', async () => {
    await here.query('create table gone (); drop table gone');
    await here.query('vacuum full pg_class');
    await here.query('vacuum pg_type');
  });
  const waiting = levelShop.start({ url: standby.url('level') });
  await until(
    'the standby to be told',
    () => waiting.capture.progress().lastError?.code === 'INGEST_SOURCE_IS_STANDBY',
  );
  expect(waiting.capture.progress().state).toBe('retrying');
  await waiting.stop();
  await server.restart(['wal_level=replica']);
  await untilLost(there.level, 'millrace_level', 'wal_level_insufficient', async () => {});
  await there.level.query('select pg_promote(true)');
  await changeUnseen(there.rows);
  await changeUnseen(there.level);
  await expectMended({ ...rowsShop, client: there.rows }, 'INGEST_SLOT_ROWS_REMOVED', standby.url('rows'));
  await expectMended({ ...levelShop, client: there.level }, 'INGEST_SLOT_WAL_LEVEL_LOWERED', standby.url('level'));
  await Promise.all([server.stop(), standby.stop()]);
});
