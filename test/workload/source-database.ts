import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { formatLsn, parseLsn } from '../../changelog/lsn.ts';
import { readBook } from '../../ingest/postgres/snapshot/snapshot-book.ts';
import { JOURNAL } from '../../warehouse/load/journal/journal-table.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import type { Stage } from './stage.ts';

/** A difference that is still there when nothing was under way for so long is one: the catalog is looked at each second at least. */
const STAYS_MS = 10_000;
const LOOK_MS = 100;
const LONGEST = 2.5;

export interface Settled {
  /** Those that stay; empty when the replicas equal the source. */
  readonly differences: readonly string[];
  /** Those of the first comparison after everything was said to be loaded: they went away. */
  readonly early: readonly string[];
}

/**
 * Waits until everything committed is loaded and no table is being built, then compares. What differs then is asked again
 * for a while, because a change of shape without rows behind it is seen by the next look at the catalog only.
 */
export async function settledDifferences(options: {
  stage: Stage;
  source: string;
  url: string;
  /** So long nothing may come of the tables' copies until everything is loaded; in all 2.5 times as long. */
  settleMs: number;
  /** A difference that is still there after so long is one. */
  staysMs?: number;
}): Promise<Settled> {
  const { stage, source, url, settleMs, staysMs = STAYS_MS } = options;
  const { client } = stage.warehouse;
  const giveUpAt = performance.now() + settleMs * LONGEST;
  let deadline = performance.now() + settleMs;
  let lastTables = '';
  let target: bigint | null = null;
  let settledSince: number | null = null;
  let early: string[] | null = null;
  let found: string[] = ['nothing was compared'];
  while (performance.now() < deadline) {
    try {
      target ??= await walEnd(stage, source);
      const { unsettled, tables } = await whatIsMissing(stage, source, target);
      if (tables !== lastTables) deadline = Math.min(giveUpAt, performance.now() + settleMs);
      lastTables = tables;
      if (unsettled.length === 0) {
        settledSince ??= performance.now();
        found = await replicaDifferences({ source, url, client });
        early ??= found;
        if (found.length === 0) return { differences: [], early };
        if (performance.now() - settledSince > staysMs) return { differences: found, early };
      } else {
        settledSince = null;
        found = unsettled;
      }
    } catch (error) {
      // Other seeds end the servers too: asked again.
      found = [`could not be compared: ${error instanceof Error ? error.message : String(error)}`];
    }
    await sleep(LOOK_MS);
  }
  return { differences: ['not settled', ...found], early: early ?? [] };
}

/** Why the replicas need not be equal yet, as the warehouse and the log have it, and how far tables are. */
async function whatIsMissing(
  stage: Stage,
  source: string,
  target: bigint,
): Promise<{ unsettled: string[]; tables: string }> {
  const { client } = stage.warehouse;
  const position = await queryText(
    client,
    `select lsn, state from millrace.positions final where source = '${source}'`,
  );
  const [lsn, state] = position.trim().split('\t');
  const captured = await stage.line.capturedTables(source);
  const book = captured === null ? null : readBook(captured);
  const tables = JSON.stringify(book?.tables ?? {});
  const only = (reason: string) => ({ unsettled: [reason], tables });
  if (state !== 'streaming' || lsn === undefined) return only(`the source is ${state ?? 'not captured'}`);
  if (parseLsn(lsn) < target) return only(`reached ${lsn} of ${formatLsn(target)}`);
  if (book?.resync !== undefined) return only('the source is to be copied anew');
  const unsettled = Object.entries(book?.tables ?? {})
    .filter(([, table]) => !table.left && (!table.complete || table.stop !== null || table.rebuild !== null))
    .map(([name, { stop, rebuild }]) => `${name} is not complete: ${JSON.stringify({ stop, rebuild })}`);
  return { unsettled, tables };
}

async function walEnd(stage: Stage, source: string): Promise<bigint> {
  const rows = await administer(stage, source, 'select pg_current_wal_insert_lsn()::text as lsn');
  await administer(stage, source, `select pg_logical_emit_message(false, 'end', '')`);
  return parseLsn(String(rows[0]?.lsn));
}

/** What log and warehouse have of a source, and of rows that differ, for whoever looks for the reason. */
export async function evidence(stage: Stage, source: string, differences: readonly string[]): Promise<string[]> {
  const { client } = stage.warehouse;
  const progress = `select * except (written_at) from millrace.loader_progress final where source = '${source}'`;
  const rows = await queryText(client, progress).catch(String);
  const found = [...(await stage.line.evidence(source)), ...rows.trim().split('\n')];
  const tables = new Map<string, Set<string>>();
  for (const difference of differences) {
    const [, table, id] = /\.(\w+): only in the [a-z]+: \["(\d+)"/.exec(difference) ?? [];
    if (table !== undefined) tables.set(table, (tables.get(table) ?? new Set()).add(id ?? ''));
  }
  for (const [table, ids] of tables) {
    const list = [...ids].map((id) => `'${id}'`).join(', ');
    const versions = `select * apply (x -> left(toString(x), 60)) from raw.\`${source}__${table}\` where toString(id) in (${list})`;
    found.push(`${table}, all versions in the warehouse:`, await queryText(client, versions).catch(String));
    const present = `select xmin::text, ctid::text, left(t::text, 200) as row from ${table} t where id::text in (${list})`;
    for (const row of await administer(stage, source, present).catch(() => [])) found.push(JSON.stringify(row));
  }
  return found;
}

/** What a lost connection left prepared under this name: it has locks, and holds up every snapshot of the cluster. */
export async function endPrepared(stage: Stage, source: string, name: string): Promise<void> {
  const left = await administer(stage, source, `select gid from pg_prepared_xacts where gid = '${name}'`);
  for (const { gid } of left) await administer(stage, source, `rollback prepared '${gid}'`);
}

export async function cleanUp(stage: Stage, source: string): Promise<void> {
  await administer(
    stage,
    'postgres',
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = '${source}'`,
  );
  await administer(stage, 'postgres', `drop database ${source} with (force)`);
  await stage.line.cleanUp(source);
  const ask = async (sql: string) =>
    (await queryText(stage.warehouse.client, sql).catch(() => '')).split('\n').filter(Boolean);
  const run = (query: string): Promise<unknown> => stage.warehouse.client.command({ query }).catch(() => {});
  // At once: what is only marked as dropped is loaded again at each start of the server.
  const tables = await ask(`select concat(database, '.\`', name, '\`') from system.tables
    where database in ('raw', 'journal') and startsWith(name, '${source}__')`);
  await Promise.all(tables.map((table) => run(`drop table if exists ${table} sync`)));
  const partitions = await ask(`select distinct _partition_id from ${JOURNAL} where source = '${source}'`);
  await Promise.all(partitions.map((id) => run(`alter table ${JOURNAL} drop partition id '${id}'`)));
}

/** Statements of the test itself: again when the server is away; done already is done. */
export async function administer(stage: Stage, database: string, sql: string): Promise<Record<string, unknown>[]> {
  for (let attempt = 0; ; attempt++) {
    const client = new Client({ connectionString: stage.postgres.url(database) });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql)).rows ?? [];
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      // Of an attempt whose answer was lost: the database, the tables, the slot, the transaction.
      if (attempt > 0 && ['42P04', '42P07', '3D000', '42704'].includes(code)) return [];
      if (attempt > 200) throw error;
      await sleep(100);
    } finally {
      await client.end().catch(() => {});
    }
  }
}
