import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedFault } from './faults.ts';
import type { IngestUnderTest } from './ingest-under-test.ts';
import type { LoaderUnderTest } from './loader-under-test.ts';
import { administer } from './source-database.ts';
import type { Stage } from './stage.ts';
import type { WeatherProxy } from './weather-proxy.ts';

interface Scene {
  readonly stage: Stage;
  readonly source: string;
  /** Between the source and its ingest. */
  readonly proxy: WeatherProxy;
  readonly ingest: IngestUnderTest;
  readonly loaders: readonly LoaderUnderTest[];
  /** What happened; added to. */
  readonly story: string[];
}

/** Has these faults happen, one after the other; what takes a while goes on behind it. */
export async function meetFaults(
  faults: readonly PlannedFault[],
  scene: Scene & { readonly transaction: number },
): Promise<void> {
  for (const planned of faults) {
    const { fault, failpoint, table, ms } = planned;
    const about = fault.includes('failpoint') ? failpoint : fault.startsWith('table') ? table : '';
    scene.story.push(`transaction ${scene.transaction}: ${fault} ${about}`.trim());
    // Something is on its way by then.
    await sleep(ms / 4);
    await (/loader|broker/.test(fault) ? meetKafkaFault(planned, scene) : meetFault(planned, scene));
  }
}

async function meetFault({ fault, failpoint, table, ms }: PlannedFault, scene: Scene): Promise<void> {
  const { stage, source, proxy, ingest } = scene;
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
  else if (fault === 'table built anew') ingest.tell(`resync ${table}`);
  else if (fault === 'source copied anew') ingest.tell('resync-source');
  else if (fault === 'table paused and resumed') {
    ingest.tell(`pause ${table}`);
    setTimeout(() => ingest.tell(`resume ${table}`), ms);
  } else if (fault === 'postgres restarted') await stage.restartPostgres();
}

/** Longer than the brokers wait for a member of the group. */
const FROZEN_MS = 7_000;

async function meetKafkaFault({ fault, failpoint, ms }: PlannedFault, scene: Scene): Promise<void> {
  const { loaders } = scene;
  const { network } = scene.stage.line;
  const loader = loaders[ms % loaders.length];
  if (loader === undefined || network === null) throw new Error(`${fault}: not over this log`);
  if (fault === 'loader killed') await loader.kill();
  else if (fault === 'loader killed at a failpoint' || fault === 'loader failed at a failpoint') {
    loader.arm(failpoint);
    await loader.kill();
  } else if (fault === 'loader stopped') await loader.end();
  else if (fault === 'loader frozen') loader.freeze(ms < 450 ? ms : FROZEN_MS);
  else if (fault === 'broker killed') await scene.stage.line.killBroker();
  else if (fault === 'connections to brokers cut') network.cut();
  else if (fault === 'network to brokers stalled') {
    network.stall();
    setTimeout(() => network.clear(), ms * 2);
  } else if (fault === 'connections to brokers half open') network.halfOpen();
  else if (fault === 'answers of brokers lost') {
    network.loseAnswers();
    await sleep(ms / 2);
    network.cut();
  }
}
