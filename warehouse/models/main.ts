import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { Config } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { connect, warehouseLogin } from '../clickhouse/connect.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import { ensureBookkeeping } from '../load/bookkeeping.ts';
import { type LoadedPosition, readPositions } from '../load/positions/loaded-position.ts';
import type { PublishedState } from '../published/published.ts';
import { enforceContracts } from './contracts/check-contract.ts';
import { type Contract, readContracts } from './contracts/contract.ts';
import { createKnownPositions } from './known-positions.ts';
import { type ReplicaShape, readReplicas } from './maintain/read-replicas.ts';
import type { Engine } from './maintain/tables.ts';
import { createModelMetrics } from './metrics.ts';
import { createModelColumns } from './model-columns.ts';
import { type Modeller, openModeller } from './modeller.ts';
import { lockModels } from './modeller-lock.ts';
import { type Plan, planProject } from './plan.ts';
import type { Project } from './project/project.ts';
import { readProject } from './project/read-project.ts';
import { readProperties } from './properties/read-properties.ts';
import { RebuildAsked, type ReplicaShapes, ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import { ensureModelBookkeeping } from './store/bookkeeping.ts';
import { createProjectViews } from './store/project-views.ts';
import { readLastWatermark } from './store/watermarks.ts';

export interface RunModelsOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** True: go on until the signal aborts. False: come up to what is loaded, then end. */
  readonly watch: boolean;
  readonly onPublished?: (state: PublishedState) => void;
  /** Called when everything that was told before has been taken over. */
  readonly onFollowed?: () => void;
  readonly metrics?: Registry;
  /**
   * Sends the event `wake` with positions that sources have reached as its `detail` (LoadedPosition[]); without it,
   * positions are looked at regularly.
   */
  readonly wake?: EventTarget;
}

/** Batches follow each other at this distance at the least: more changes share the cost of one. */
const MIN_CYCLE_MS = 100;
/** Between two looks at the positions where others load than those who say so, while they do and when they rest. */
const POLL_MS = 250;
const POLL_AT_REST_MS = 1_000;
/** The same where all who load say so: only in case a word was lost. */
const POLL_WHEN_WOKEN_MS = 2_000;
const RETRY_MS = 500;

/** Keeps the models up to date. Resolves when the signal aborts; rejects with a MillraceError that needs an operator. */
export async function runModels(options: RunModelsOptions): Promise<void> {
  const { config, logger, signal, watch, onPublished, wake } = options;
  const metrics = createModelMetrics(options.metrics ?? new Registry());
  if (config.models === false) return;
  const project = await readProject(config.models);
  const plan = planProject(project);
  const contracts = readContracts(project, await readProperties(config.models, project));
  const folder = join(config.warehouse.stateFolder, 'models');
  const unlock = await lockModels(folder);
  const client = await connect({ config: config.warehouse, role: 'millrace', logger });
  const login = warehouseLogin(config.warehouse, 'millrace');
  const engine: Engine = {
    client,
    target: { url: login.url.replace(/\/$/, ''), user: login.username, password: login.password },
  };

  let woken: (() => void) | null = null;
  let pending = false;
  // Loaders of a broker may run elsewhere, where nobody tells.
  const isTold = wake !== undefined && config.log === 'direct';
  const known = createKnownPositions({
    read: () => readPositions(client),
    minAgeMs: isTold ? POLL_WHEN_WOKEN_MS : POLL_MS,
    maxAgeMs: isTold ? POLL_WHEN_WOKEN_MS : POLL_AT_REST_MS,
  });
  wake?.addEventListener('wake', (event) => {
    for (const position of (event as CustomEvent<LoadedPosition[]>).detail) known.tell(position);
    pending = true;
    woken?.();
  });
  async function idle(): Promise<void> {
    if (pending) return;
    const waiting = new AbortController();
    const stop = () => waiting.abort();
    woken = stop;
    signal.addEventListener('abort', stop, { once: true });
    const restMs = Math.max(isTold ? POLL_WHEN_WOKEN_MS : POLL_MS, known.dueMs());
    await sleep(restMs, undefined, { signal: waiting.signal }).catch(() => {});
    signal.removeEventListener('abort', stop);
    woken = null;
  }

  let modeller: Modeller | null = null;
  let openedOn: ReplicaShapes = '';

  /** A statement may fail for the very reason that a table in it is another one now. */
  async function areReplicasChanged(error: unknown): Promise<boolean> {
    if (error instanceof ReplicasChanged) return true;
    if (isRetryable(error)) return false;
    const now = await readPositions(client).catch(() => null);
    return now !== null && replicaShapesOf(now) !== openedOn;
  }

  try {
    while (!signal.aborted) {
      try {
        modeller ??= await open({
          engine,
          project,
          plan,
          contracts,
          config,
          folder,
          logger,
          signal,
          onShapes: (shapes) => {
            openedOn = shapes;
          },
        });
        if (modeller === null) {
          await idle();
          pending = false;
          continue;
        }
        pending = false;
        const startedAt = performance.now();
        const published = await modeller.advance(await known.current());
        if (published !== null) onPublished?.(published);
        if (!pending) options.onFollowed?.();
        if (published !== null) {
          metrics.published(published.watermark, (performance.now() - startedAt) / 1000);
          metrics.stopped(modeller.failures().length);
          const restMs = MIN_CYCLE_MS - (performance.now() - startedAt);
          if (watch && restMs > 0) await sleep(restMs, undefined, { signal }).catch(() => {});
        } else if (!watch) {
          return;
        } else {
          await idle();
        }
      } catch (error) {
        if (signal.aborted) return;
        const isAsked = error instanceof RebuildAsked;
        if (isAsked || (await areReplicasChanged(error))) {
          const reason = isAsked ? 'a verification asks for it' : 'a replica got another shape';
          logger.info({ reason }, 'the models are opened anew');
          await modeller?.close();
          modeller = null;
          known.forget();
          continue;
        }
        if (!isRetryable(error)) throw error;
        metrics.retried();
        logger.warn({ err: error }, 'warehouse is not available, waiting for it');
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  } finally {
    await modeller?.close();
    await client.close();
    unlock();
  }
}

/** Opens the modeller as soon as every source is, or was published in, a state that it really had; null until then. */
async function open(options: {
  engine: Engine;
  project: Project;
  plan: Plan;
  contracts: readonly Contract[];
  config: Config;
  folder: string;
  logger: Logger;
  signal: AbortSignal;
  /** Told the shapes that the models are opened on, before anything is read of the replicas. */
  onShapes: (shapes: ReplicaShapes) => void;
}): Promise<Modeller | null> {
  const { engine, project, plan, contracts, config, folder, logger, signal, onShapes } = options;
  await ensureBookkeeping(engine.client);
  await ensureModelBookkeeping(engine.client);
  const positions = await readPositions(engine.client);
  const replicaShapes = replicaShapesOf(positions);
  onShapes(replicaShapes);
  const published = (await readLastWatermark(engine.client))?.positions ?? [];
  const ready = [...positions.filter((position) => position.consistent), ...published].map(({ source }) => source);
  if (!config.sources.every((source) => ready.includes(source.name))) return null;
  const replicas = await readReplicas(engine.client, plan);
  if (!(await haveJournals(engine, plan, replicas))) return null;
  await enforceContracts(contracts, engine, createModelColumns({ engine, project, replicas }));
  const modeller = await openModeller({
    engine,
    plan,
    replicas,
    replicaShapes,
    folder,
    logger,
    signal,
    onLive: () => createProjectViews({ client: engine.client, project, plan, replicas }),
  });
  logger.info({ models: plan.byKey.length + plan.additive.length + plan.static.length }, 'models are kept up to date');
  return modeller;
}

/** The loader makes the journals when it starts with these models; before that, changes would be missed. */
async function haveJournals(engine: Engine, plan: Plan, replicas: ReadonlyMap<string, ReplicaShape>): Promise<boolean> {
  const result = await engine.client.query({
    query: "select name from system.tables where database = 'journal'",
    format: 'JSONEachRow',
  });
  const journals = new Set((await result.json<{ name: string }>()).map(({ name }) => name));
  return [...plan.sources.keys()].every((name) => journals.has(replicas.get(name)?.replica ?? ''));
}
