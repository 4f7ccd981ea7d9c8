import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../demo/random.ts';
import { type Failpoint, KAFKA_FAILPOINTS } from '../../runtime/failpoint.ts';
import { type IngestCommand, type IngestUnderTest, startIngest } from './ingest-under-test.ts';
import { administer, cleanUp, endPrepared, evidence, settledDifferences } from './source-database.ts';
import type { Stage } from './stage.ts';
import { LAST_TRANSACTION, setupSql, transactionSql } from './statements.ts';
import { createWriter } from './writer.ts';

/** Places that one source can be taken through in this order. */
export interface Route {
  readonly name: string;
  readonly places: readonly Failpoint[];
}

export const ROUTES: readonly Route[] = [
  {
    // A crash before anything is written down: the slot is taken over, and every table is built beside.
    name: 'adopted',
    places: [
      'ingest.slot-created',
      'ingest.capture-started',
      'warehouse.build-begun',
      'ingest.build-begun',
      'ingest.builds-written-down',
      'warehouse.tables-exchanged',
      'warehouse.replica-recorded',
      'warehouse.rejections-cleared',
      'warehouse.build-finished',
      'ingest.table-exchanged',
      'warehouse.difference-journaled',
    ],
  },
  {
    name: 'copied',
    places: [
      'warehouse.replica-prepared',
      'warehouse.snapshot-block-written',
      'ingest.chunk-copied',
      'ingest.chunks-written-down',
      'warehouse.capture-state-written',
      'ingest.table-copied',
      'ingest.snapshot-copied',
      'ingest.transaction-handed-over',
      'changelog.batch-taken',
      'warehouse.replica-written',
      'warehouse.changes-written',
      'warehouse.table-written',
      'warehouse.part-filled',
      'warehouse.truncation-noted',
      'warehouse.truncation-written',
      'warehouse.rows-written',
      'warehouse.position-written',
      'changelog.batch-durable',
      'ingest.position-confirmed',
    ],
  },
  {
    name: 'begun_anew',
    places: [
      'ingest.capture-started',
      'ingest.table-stopped',
      'ingest.resync-written-down',
      'ingest.slot-dropped',
      'ingest.epoch-begun',
    ],
  },
];

/** Over Kafka: ingest publishes and loads, so that it meets all of them. */
export const KAFKA_ROUTE: Route = { name: 'kafka', places: KAFKA_FAILPOINTS };

/** Passed once, before a process that goes on could have it armed: another route, or the other action, has it. */
const MET_AT_ONCE: Readonly<Record<string, Failpoint>> = {
  adopted: 'ingest.capture-started',
  // All topics are opened at the start; the process that is killed meets it.
  kafka: 'changelog.topic-remembered',
};

const MET_MS = 120_000;
/** Between two transactions. */
const PAUSE_MS = 80;
/** How often it is asked for what leads to a place. */
const COMMAND_MS = 2000;
const PAUSED = 'public.by_time';
/** Shown of a walk that did not end well. */
const LOG_LINES = 300;
const RESYNCED = ['public.by_key', 'public.by_full', 'public.by_index', 'public.parent'];

/** Tables are built without being asked for only where the slot was taken over by another process. */
const BUILDING: ReadonlySet<Failpoint> = new Set(ROUTES[0]?.places.slice(2));

/** A first copy can be over before all of them were met. */
const COPYING: ReadonlySet<Failpoint> = new Set([
  'warehouse.snapshot-block-written',
  'ingest.chunk-copied',
  'ingest.chunks-written-down',
  'ingest.table-copied',
  'ingest.snapshot-copied',
]);
/** The place before, or the workload, may have led there already. */
const BEGUN_ANEW: ReadonlySet<Failpoint> = new Set([...COPYING, 'ingest.slot-dropped', 'ingest.epoch-begun']);

/**
 * Takes one source through a route while the workload goes on. Each process of `kill` ends at one place; with `fail` the
 * same process meets one after the other if it gets over it. Answers which places were not met and how the replicas
 * differ at the end, with what may tell why; nothing when all is well.
 */
export async function walkFailpoints(options: {
  stage: Stage;
  route: Route;
  action: 'kill' | 'fail';
  seed: number;
}): Promise<string[]> {
  const { stage, route, action, seed } = options;
  const source = `walk_${route.name}_${action}_${seed}`;
  const random = new Random(seed, source);
  const url = stage.postgres.url(source);
  await administer(stage, 'postgres', `create database ${source}`);
  await administer(stage, source, setupSql(random).replaceAll('{source}', source));
  const kafka = stage.line.kafkaOf(source);
  const places = route.places.filter((place) => action === 'kill' || place !== MET_AT_ONCE[route.name]);
  const armed = places.map((place) => `${place}=${action}@1`);
  const ingest = startIngest({
    source,
    url,
    warehouse: stage.warehouse.config,
    ...(kafka === undefined ? {} : { kafka }),
    compileCache: stage.compileCache,
    timing: { chunkBlocks: 4, drainMs: 2000 },
    snapshotConnections: 2,
    logLevel: 'info',
    failpoint: armed[0] as string,
  });
  const writer = createWriter(url);
  let writing = true;
  const written = (async () => {
    for (let n = 0; writing; n++) {
      const name = `${source}_${n}`;
      const isThrough = await writer.run(
        n % 10 === 9 ? LAST_TRANSACTION : transactionSql(random, { name, spread: 900 }),
      );
      if (!isThrough) await endPrepared(stage, source, name);
      await sleep(PAUSE_MS);
    }
  })();
  const resuming = setInterval(() => ingest.tell(`resume ${PAUSED}`), COMMAND_MS);
  try {
    const problems =
      action === 'kill' ? await dieAtEach(ingest, places, armed) : await failAtEach(ingest, places, armed);
    writing = false;
    await written;
    await writer.close();
    const { differences } = await settledDifferences({ stage, source, url, settleMs: 120_000 });
    if (problems.length + differences.length === 0) return [];
    const log = ingest.log().split('\n').slice(-LOG_LINES);
    return [...problems, ...differences, ...(await evidence(stage, source, differences)), ...log];
  } finally {
    writing = false;
    clearInterval(resuming);
    await ingest.stop();
    await cleanUp(stage, source);
  }
}

/** The process of a number has the place of that number. */
async function dieAtEach(
  ingest: IngestUnderTest,
  places: readonly Failpoint[],
  armed: readonly string[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const text of armed.slice(1)) ingest.arm(text);
  for (const [number, place] of places.entries()) {
    if (!(await leadTo(ingest, place, () => ingest.deaths() > number))) problems.push(`${place} was not met`);
    if (ingest.deaths() === number) await ingest.kill();
    const end = ingest.ends()[number];
    if (end !== 'SIGKILL') problems.push(`${place}: the process ended by ${end}`);
  }
  return problems;
}

async function failAtEach(
  ingest: IngestUnderTest,
  places: readonly Failpoint[],
  armed: readonly string[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const [number, place] of places.entries()) {
    let armedDeaths = number === 0 ? 0 : -1;
    let armedAt = performance.now();
    const isMet = (): boolean => {
      if (ingest.log().includes(`failpoint ${place}`)) return true;
      // A process that ended by the place before did not get it. What that one had cut short may have met it, unseen.
      const isLate = performance.now() - armedAt > COMMAND_MS;
      if ((ingest.deaths() !== armedDeaths || isLate) && ingest.isRunning()) {
        armedDeaths = ingest.deaths();
        armedAt = performance.now();
        ingest.tell(`arm ${armed[number]}`);
      }
      return false;
    };
    if (!(await leadTo(ingest, place, isMet))) problems.push(`${place} was not met`);
  }
  return problems;
}

async function leadTo(ingest: IngestUnderTest, place: Failpoint, isMet: () => boolean): Promise<boolean> {
  const startedAt = performance.now();
  for (let asked = 0; performance.now() - startedAt < MET_MS; ) {
    if (isMet()) return true;
    if (performance.now() - startedAt > asked * COMMAND_MS) {
      const command = commandFor(place, asked++);
      if (command !== null) ingest.tell(command);
    }
    await sleep(10);
  }
  return false;
}

/**
 * Null where the workload leads there by itself. Each pause is twice as long as the one before: what is begun anew before
 * it is done never ends, and how long it takes hangs on the machine.
 */
function commandFor(place: Failpoint, asked: number): IngestCommand | null {
  const turn = Math.log2(asked + 1);
  if (!Number.isInteger(turn) || (BEGUN_ANEW.has(place) && turn === 0)) return null;
  if (place === 'ingest.table-stopped') return `pause ${PAUSED}`;
  if (place === 'ingest.resync-written-down' || BEGUN_ANEW.has(place)) return 'resync-source';
  return !BUILDING.has(place) ? null : `resync ${RESYNCED[turn % RESYNCED.length]}`;
}
