import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ReplicationScene } from './replication-scene.ts';

const NEXT_MS = 50;
const OPEN_AT_ONCE = 8;

/**
 * Starts capture and runs `sql` after its slot is consistent and before any chunk of its snapshot is read: there is
 * always a transaction open that both of them wait for, until the slot is there. What `sql` does comes by the stream.
 */
export async function startHeldBack(scene: ReplicationScene, sql: string): Promise<void> {
  const open: pg.Client[] = [];
  const begin = async (): Promise<void> => {
    const client = await scene.connect();
    await client.query('begin; select pg_current_xact_id()');
    open.push(client);
  };
  const end = async (): Promise<void> => {
    const client = open.shift();
    await client?.query('commit');
    await client?.end();
  };
  await begin();
  await scene.start();
  while (!(await hasSlot(scene))) {
    await begin();
    if (open.length > OPEN_AT_ONCE) await end();
    await sleep(NEXT_MS);
  }
  await scene.client.query(sql);
  while (open.length > 0) await end();
}

async function hasSlot({ client, name }: ReplicationScene): Promise<boolean> {
  const { rows } = await client.query(
    `select from pg_replication_slots where slot_name = 'millrace_' || $1 and confirmed_flush_lsn is not null`,
    [name],
  );
  return rows.length > 0;
}
