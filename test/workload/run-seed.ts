import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../demo/random.ts';
import type { CaptureTiming } from '../../ingest/postgres/timing.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { changeAtRandom } from '../lifecycle/random-ddl.ts';
import { DIRECT_KINDS, type Fault, KAFKA_KINDS, planFaults, randomFailpoint } from './faults.ts';
import type { Flaw } from './flaws.ts';
import { type IngestUnderTest, startIngest } from './ingest-under-test.ts';
import { type LoaderUnderTest, startLoader } from './loader-under-test.ts';
import { meetFaults } from './meet-faults.ts';
import { administer, cleanUp, endPrepared, evidence, settledDifferences } from './source-database.ts';
import type { Stage } from './stage.ts';
import { LAST_TRANSACTION, setupSql, transactionSql } from './statements.ts';
import { startWeatherProxy } from './weather-proxy.ts';
import { createWriter } from './writer.ts';

export interface SeedOptions {
  readonly stage: Stage;
  readonly seed: number;
  /** With one connection the statements, and the faults among them, are the same in every run of the seed. */
  readonly connections?: number;
  readonly transactions?: number;
  readonly flaw?: Flaw;
  /** What may go wrong: everything. With less than everything its first process has no failpoint. */
  readonly faults?: readonly Fault[];
  /** Highest key that changes are about: the lower, the more they are about the same rows. */
  readonly spread?: number;
  /** False: tables keep their shapes, which makes a seed short. */
  readonly shapes?: boolean;
  readonly settleMs?: number;
  /** See `settledDifferences`. */
  readonly staysMs?: number;
}

export interface SeedResult {
  readonly seed: number;
  /** Empty when the replicas equal the source. */
  readonly differences: readonly string[];
  /** What the seed went through, for whoever looks for the reason. */
  readonly story: readonly string[];
  /** Of each process. */
  readonly logs: readonly string[];
}

const PHASE_MS = 30_000;
const POLL_MS = 100;
const MANY_DEATHS = 20;
const RESUME_MS = 300;
let runs = 0;

/** Plays one seed: tables, a workload over them while they are copied and streamed, faults; then compares. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const { stage, seed, connections = 3, transactions = 50, flaw, settleMs = 120_000 } = options;
  const { shapes = true, spread = new Random(seed, 'spread').pick([60, 300, 900]) } = options;
  const random = new Random(seed, 'plan');
  const source = `w${seed}_${runs++}`;
  const story: string[] = [];
  const url = stage.postgres.url(source);
  await administer(stage, 'postgres', `create database ${source}`);
  await administer(stage, source, setupSql(random).replaceAll('{source}', source));
  const proxy = await startWeatherProxy(() => stage.postgres.port);
  const kafka = stage.line.kafkaOf(source);
  // A part of the workload is there before capture, a part comes while tables are copied, the rest is streamed.
  const copying = Math.ceil(transactions / 5);
  const streaming = Math.ceil(transactions / 2);
  const all = kafka === undefined ? DIRECT_KINDS : KAFKA_KINDS;
  const faults = planFaults(random, copying, transactions, { ...all, faults: options.faults ?? all.faults });
  const first =
    options.faults !== undefined || random.between(0, 2) === 0 ? null : randomFailpoint(random, 'kill', all.failpoints);
  if (first !== null) story.push(`starts with ${first}`);
  const loaders: LoaderUnderTest[] = [];
  const writers = Array.from({ length: connections }, () => createWriter(url));
  const write = (from: number, to: number, ingest: IngestUnderTest | null): Promise<unknown> =>
    Promise.all(
      writers.map(async (writer, connection) => {
        const own = new Random(seed, `connection ${connection} from ${from}`);
        for (let n = from; n < to; n++) {
          if (connection === 0 && ingest !== null) {
            const due = faults.filter(({ before }) => before === n);
            await meetFaults(due, { stage, source, proxy, ingest, loaders, story, transaction: n });
          }
          // Tables whose shape changes have transactions of their own.
          const name = `${source}_${connection}_${n}`;
          if (own.between(0, 6) === 0) await writer.use((client) => changeAtRandom(client, own, 2, shapes));
          else if (!(await writer.run(transactionSql(own, { name, spread })))) await endPrepared(stage, source, name);
          await sleep(own.between(0, 20));
        }
      }),
    );
  await write(0, copying, null);
  const shared = { warehouse: stage.warehouse.config, compileCache: stage.compileCache, logLevel: 'info' };
  const ingest = startIngest({
    source,
    url: url.replace(`:${stage.postgres.port}/`, `:${proxy.port}/`),
    ...shared,
    ...(kafka === undefined ? {} : { kafka }),
    timing: { ...timingOf(seed), chunkBlocks: random.between(2, 40) },
    snapshotConnections: random.between(1, 3),
    ...(first === null ? {} : { failpoint: first }),
    ...(flaw === undefined ? {} : { flaw }),
  });
  for (let n = 0; kafka !== undefined && n < stage.line.loaders; n++) {
    loaders.push(startLoader({ source, url, kafka, ...shared }));
  }
  let resuming: NodeJS.Timeout | undefined;
  try {
    await untilTrue(ingest, async () => (await hasSlot(stage, source)) || ingest.deaths() > 0);
    await write(copying, streaming, ingest);
    proxy.clear();
    await untilTrue(ingest, () => isStreaming(stage, source));
    await write(streaming, transactions, ingest);
    await writers[0]?.run(LAST_TRANSACTION);
    await Promise.all(writers.map((writer) => writer.close()));
    proxy.clear();
    // A process that was told to may have ended before it did.
    const paused = faults.filter(({ fault }) => fault === 'table paused and resumed');
    resuming = setInterval(() => paused.forEach(({ table }) => void ingest.tell(`resume ${table}`)), RESUME_MS);
    const { differences, early } = await settledDifferences({
      stage,
      source,
      url,
      settleMs,
      ...(options.staysMs === undefined ? {} : { staysMs: options.staysMs }),
    });
    if (differences.length > 0) story.push(...(await evidence(stage, source, differences)));
    if (early.length > 0) story.push('compared too early:', ...early);
    story.push(`ingest ended ${ingest.deaths()} times: ${ingest.ends().join(', ')}`);
    for (const loader of loaders) story.push(`a loader ended ${loader.deaths()} times: ${loader.ends().join(', ')}`);
    return { seed, differences, story, logs: [ingest, ...loaders].map((each) => each.log()) };
  } finally {
    clearInterval(resuming);
    await Promise.all([ingest, ...loaders].map((each) => each.stop()));
    await proxy.close();
    await cleanUp(stage, source);
  }
}

/** How soon capture sees changes of shape decides which of them it sees at once, and in which order with their rows. */
function timingOf(seed: number): Partial<CaptureTiming> {
  const random = new Random(seed, 'timing');
  const pollMs = random.pick([30, 100, 300, 1000]);
  return { pollMs, heartbeatMs: 500, watchdogMs: 1500, statusIntervalMs: 300, drainMs: 2000 };
}

/** What has to come before the next part of the workload; whatever keeps it from coming shows at the end. */
async function untilTrue(ingest: IngestUnderTest, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PHASE_MS;
  const isTrue = () => condition().catch(() => false); // A server is away.
  while (performance.now() < deadline && ingest.deaths() < MANY_DEATHS && !(await isTrue())) await sleep(POLL_MS);
}

async function hasSlot(stage: Stage, source: string): Promise<boolean> {
  const sql = `select from pg_replication_slots where slot_name = 'millrace_${source}' and confirmed_flush_lsn is not null`;
  return (await administer(stage, 'postgres', sql)).length > 0;
}

async function isStreaming(stage: Stage, source: string): Promise<boolean> {
  const sql = `select count() from millrace.capture_states final where source = '${source}' and consistent_lsn != ''`;
  return (await queryText(stage.warehouse.client, sql)) === '1\n';
}
