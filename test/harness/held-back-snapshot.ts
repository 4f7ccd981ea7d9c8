import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicationScene } from './replication-scene.ts';

const NEXT_MS = 50;
const AT_ONCE = 8;
const LONG_SECONDS = 600;

/**
 * Starts capture and runs `sql` after its slot is consistent and before any chunk of its snapshot is read: there is
 * always a statement with a transaction that both of them wait for, until the slot is there. What `sql` does comes by
 * the stream.
 */
export async function startHeldBack(scene: ReplicationScene, sql: string): Promise<void> {
  const running: { pid: number; over: Promise<unknown> }[] = [];
  const begin = async (): Promise<void> => {
    const client = await scene.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const over = client.query(`select pg_current_xact_id(), pg_sleep(${LONG_SECONDS})`).catch(() => client.end());
    running.push({ pid: rows[0]!.pid, over });
  };
  const end = async (): Promise<void> => {
    const first = running.shift();
    await scene.client.query('select pg_cancel_backend($1)', [first?.pid]);
    await first?.over;
  };
  await begin();
  await scene.start();
  while (!(await hasSlot(scene))) {
    await begin();
    if (running.length > AT_ONCE) await end();
    await sleep(NEXT_MS);
  }
  await scene.client.query(sql);
  while (running.length > 0) await end();
}

/** The slot is made, and consistent. */
export async function hasSlot({ client, name }: ReplicationScene): Promise<boolean> {
  const { rows } = await client.query(
    `select from pg_replication_slots where slot_name = 'millrace_' || $1 and confirmed_flush_lsn is not null`,
    [name],
  );
  return rows.length > 0;
}
