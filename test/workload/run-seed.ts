import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { parseLsn } from '../../changelog/lsn.ts';
import { Random } from '../../demo/random.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { type PlannedFault, planFaults, randomFailpoint } from './faults.ts';
import type { Flaw } from './flaws.ts';
import { type IngestUnderTest, startIngest } from './ingest-under-test.ts';
import type { Stage } from './stage.ts';
import { setupSql, transactionSql } from './statements.ts';
import { startWeatherProxy, type WeatherProxy } from './weather-proxy.ts';
import { createWriter } from './writer.ts';

export interface SeedOptions {
  readonly stage: Stage;
  readonly seed: number;
  /** With one connection the statements, and the faults among them, are the same in every run of the seed. */
  readonly connections?: number;
  readonly transactions?: number;
  readonly flaw?: Flaw;
  readonly settleMs?: number;
}

export interface SeedResult {
  readonly seed: number;
  /** Empty when the replicas equal the source. */
  readonly differences: readonly string[];
  /** What the seed went through, for whoever looks for the reason. */
  readonly story: readonly string[];
  readonly log: string;
}

const PHASE_MS = 30_000;
const MANY_DEATHS = 20;
let runs = 0;

/** Plays one seed: tables, a workload over them while they are copied and streamed, faults; then compares. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const { stage, seed, connections = 3, transactions = 50, flaw, settleMs = 60_000 } = options;
  const random = new Random(seed, 'plan');
  const source = `w${seed}_${runs++}`;
  const story: string[] = [];
  const url = stage.postgres.url(source);
  await administer(stage, 'postgres', `create database ${source}`);
  await administer(stage, source, setupSql(random).replaceAll('{source}', source));
  const proxy = await startWeatherProxy(stage.postgres.port);
  // A part of the workload is there before capture, a part comes while tables are copied, the rest is streamed.
  const copying = Math.ceil(transactions / 5);
  const streaming = Math.ceil(transactions / 2);
  const faults = planFaults(random, copying, transactions);
  const first = random.between(0, 2) === 0 ? null : randomFailpoint(random, 'kill');
  if (first !== null) story.push(`starts with ${first}`);
  const writers = Array.from({ length: connections }, () => createWriter(url));
  const write = (from: number, to: number, ingest: IngestUnderTest | null): Promise<unknown> =>
    Promise.all(
      writers.map(async (writer, connection) => {
        const own = new Random(seed, `connection ${connection} from ${from}`);
        for (let n = from; n < to; n++) {
          if (connection === 0 && ingest !== null) await meetFaults(faults, n, { stage, source, proxy, ingest, story });
          await writer.run(transactionSql(own, `${source}_${connection}_${n}`));
          await sleep(own.between(0, 20));
        }
      }),
    );
  await write(0, copying, null);
  const ingest = startIngest({
    source,
    url: url.replace(`:${stage.postgres.port}/`, `:${proxy.port}/`),
    warehouse: stage.warehouse.config,
    timing: { chunkBlocks: random.between(2, 40), watchdogMs: 1500, statusIntervalMs: 300, drainMs: 2000 },
    snapshotConnections: random.between(1, 3),
    logLevel: 'info',
    ...(first === null ? {} : { failpoint: first }),
    ...(flaw === undefined ? {} : { flaw }),
  });
  try {
    await untilTrue(ingest, async () => (await hasSlot(stage, source)) || ingest.deaths() > 0);
    await write(copying, streaming, ingest);
    proxy.clear();
    await untilTrue(ingest, () => isStreaming(stage, source));
    await write(streaming, transactions, ingest);
    await Promise.all(writers.map((writer) => writer.close()));
    proxy.clear();
    await endPrepared(stage, source);
    const differences = await settledDifferences({ stage, source, url, settleMs });
    story.push(`ingest ended ${ingest.deaths()} times: ${ingest.ends().join(', ')}`);
    return { seed, differences, story, log: ingest.log() };
  } finally {
    await ingest.stop();
    await proxy.close();
    await cleanUp(stage, source);
  }
}

async function meetFaults(
  faults: readonly PlannedFault[],
  n: number,
  parts: { stage: Stage; source: string; proxy: WeatherProxy; ingest: IngestUnderTest; story: string[] },
): Promise<void> {
  const { stage, source, proxy, ingest, story } = parts;
  for (const { fault, failpoint, ms } of faults.filter(({ before }) => before === n)) {
    story.push(`transaction ${n}: ${fault} ${fault.includes('failpoint') ? failpoint : ''}`.trim());
    // Something is on its way by then.
    await sleep(ms / 4);
    if (fault === 'ingest killed') await ingest.kill();
    else if (fault === 'ingest killed at a failpoint' || fault === 'ingest failed at a failpoint') {
      ingest.arm(failpoint);
      await ingest.kill();
    } else if (fault === 'walsender terminated') {
      const sql = `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = 'millrace_${source}'`;
      await administer(stage, 'postgres', sql);
    } else if (fault === 'connections cut') proxy.cut();
    else if (fault === 'network stalled') {
      proxy.stall();
      setTimeout(() => proxy.clear(), ms * 2);
    } else if (fault === 'connections half open') proxy.halfOpen();
    else if (fault === 'warehouse killed') stage.killWarehouse();
    else await stage.restartPostgres();
  }
}

/** What has to come before the next part of the workload; whatever keeps it from coming shows at the end. */
async function untilTrue(ingest: IngestUnderTest, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PHASE_MS;
  const isTrue = () => condition().catch(() => false); // A server is away.
  while (performance.now() < deadline && ingest.deaths() < MANY_DEATHS && !(await isTrue())) await sleep(50);
}

async function hasSlot(stage: Stage, source: string): Promise<boolean> {
  const sql = `select from pg_replication_slots where slot_name = 'millrace_${source}' and confirmed_flush_lsn is not null`;
  return (await administer(stage, 'postgres', sql)).length > 0;
}

async function isStreaming(stage: Stage, source: string): Promise<boolean> {
  const sql = `select count() from millrace.capture_states final where source = '${source}' and consistent_lsn != ''`;
  return (await queryText(stage.warehouse.client, sql)) === '1\n';
}

/** Waits until everything committed is loaded, then until the replicas are equal: those that still differ stay so. */
async function settledDifferences(options: {
  stage: Stage;
  source: string;
  url: string;
  settleMs: number;
}): Promise<string[]> {
  const { stage, source, url, settleMs } = options;
  const { client } = stage.warehouse;
  const deadline = performance.now() + settleMs;
  let target: bigint | null = null;
  let reached: number | null = null;
  let found: string[] = ['nothing was compared'];
  while (performance.now() < deadline) {
    try {
      target ??= await walEnd(stage, source);
      const lsn = await queryText(
        client,
        `select lsn from millrace.positions final where source = '${source}' and state = 'streaming'`,
      );
      if (lsn !== '' && parseLsn(lsn.trim()) >= target) {
        reached ??= performance.now();
        found = await replicaDifferences({ source, url, client });
        if (found.length === 0) return found;
        // The position says that all is there: a little more time for what is built beside, then it counts.
        if (performance.now() - reached > settleMs / 4) return found;
      }
    } catch (error) {
      // Other seeds end the servers too: asked again.
      found = [`could not be compared: ${error instanceof Error ? error.message : String(error)}`];
    }
    await sleep(150);
  }
  return reached === null ? [`not caught up after ${settleMs} ms`, ...found] : found;
}

async function walEnd(stage: Stage, source: string): Promise<bigint> {
  const rows = await administer(stage, source, 'select pg_current_wal_insert_lsn()::text as lsn');
  await administer(stage, source, `select pg_logical_emit_message(false, 'end', '')`);
  return parseLsn(String(rows[0]?.lsn));
}

/** What a lost connection left prepared would hold up every snapshot of the cluster. */
async function endPrepared(stage: Stage, source: string): Promise<void> {
  const left = await administer(stage, source, `select gid from pg_prepared_xacts where gid like '${source}%'`);
  for (const { gid } of left) await administer(stage, source, `rollback prepared '${gid}'`);
}

async function cleanUp(stage: Stage, source: string): Promise<void> {
  await administer(
    stage,
    'postgres',
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = '${source}'`,
  );
  await administer(stage, 'postgres', `drop database ${source} with (force)`);
  const tables = await queryText(
    stage.warehouse.client,
    `select concat(database, '.', name) from system.tables where database in ('raw', 'journal') and startsWith(name, '${source}__')
     order by endsWith(name, '__feed') desc`,
  ).catch(() => '');
  for (const table of tables.split('\n').filter(Boolean)) {
    await stage.warehouse.client
      .command({ query: `drop table if exists ${table.replace(/\.(.*)/, '.`$1`')}` })
      .catch(() => {});
  }
}

/** Statements of the test itself: again when the server is away; done already is done. */
async function administer(stage: Stage, database: string, sql: string): Promise<Record<string, unknown>[]> {
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
