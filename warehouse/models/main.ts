import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { Config } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { wrapError } from '../clickhouse/classify-error.ts';
import { connect } from '../clickhouse/connect.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import type { Lease } from '../leases/lease.ts';
import { type LoadedPosition, readPositions } from '../load/positions/loaded-position.ts';
import type { PublishedState } from '../published/published.ts';
import { engineOf } from './engine.ts';
import { createKnownPositions } from './known-positions.ts';
import { createModelMetrics } from './metrics.ts';
import type { Modeller } from './modeller.ts';
import { assertHeld, claimModels, MODELLER_LEASE_MS } from './modeller-lease.ts';
import { lockModels } from './modeller-lock.ts';
import { openModels } from './open-models.ts';
import { RebuildAsked, type ReplicaShapes, ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import { openRolloutControl, type RolloutControl } from './rollouts/rollout-control.ts';

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
  /** So long after this process was lost another one takes over. */
  readonly leaseMs?: number;
}

/** Batches follow each other at this distance at the least: more changes share the cost of one. */
const MIN_CYCLE_MS = 100;
/** Between two looks at the positions where nobody says that he loads, while somebody does and when all rest. */
const POLL_MS = 250;
const POLL_AT_REST_MS = 1_000;
/** The same where those who load say so: in case a word was lost, or others load as well. */
const POLL_WHEN_WOKEN_MS = 2_000;
/** While something is built, or waits for its tests. */
const POLL_WHEN_BUSY_MS = 100;
const RETRY_MS = 500;

/** Keeps the models up to date. Resolves when the signal aborts; rejects with a MillraceError that needs an operator. */
export async function runModels(options: RunModelsOptions): Promise<void> {
  const { config, logger, signal, watch, onPublished, wake, leaseMs = MODELLER_LEASE_MS } = options;
  const metrics = createModelMetrics(options.metrics ?? new Registry());
  if (config.models === false) return;
  const { models } = config;
  const folder = join(config.warehouse.stateFolder, 'models');
  const unlock = await lockModels(folder);
  const client = await connect({ config: config.warehouse, role: 'millrace', logger });
  const engine = engineOf(client, config.warehouse);

  let woken: (() => void) | null = null;
  let pending = false;
  // Loaders of a broker may run elsewhere, where nobody tells.
  const isTold = wake !== undefined && config.log === 'direct';
  const known = createKnownPositions({
    read: () => readPositions(client),
    minAgeMs: isTold ? POLL_WHEN_WOKEN_MS : POLL_MS,
    maxAgeMs: wake === undefined ? POLL_AT_REST_MS : POLL_WHEN_WOKEN_MS,
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
    await sleep(isBusy() ? POLL_WHEN_BUSY_MS : restMs, undefined, { signal: waiting.signal }).catch(() => {});
    signal.removeEventListener('abort', stop);
    woken = null;
  }

  let lease: Lease | null = null;
  let control: RolloutControl | null = null;
  let modeller: Modeller | null = null;
  let openedOn: ReplicaShapes = '';
  /** Something is built, or asked for: it goes on by itself. */
  const isBusy = (): boolean => modeller?.building() != null || control?.isAtRest() === false;

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
        lease ??= await claimModels({ client, folder, waits: watch, logger, signal, leaseMs });
        if (lease === null) return;
        const held = lease;
        control ??= await openRolloutControl({
          engine,
          models,
          into: join(folder, 'folders'),
          tests: config.testModels ?? true,
          logger,
          metrics,
        });
        modeller ??= await openModels({
          engine,
          control,
          config,
          folder,
          logger,
          signal,
          mayWrite: () => assertHeld(held),
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
        }
        if (await control.step(modeller)) {
          logger.info('the models are opened anew, with another folder');
          await modeller.close();
          modeller = null;
          known.forget();
        } else if (published === null) {
          if (!watch && !isBusy()) return;
          await idle();
        }
      } catch (error) {
        if (signal.aborted) return;
        if (lease !== null && !lease.isHeld()) {
          logger.warn({ err: error }, 'the models may be kept by another process: claimed and opened anew');
          await control?.close();
          await modeller?.close();
          [lease, control, modeller] = [null, null, null];
          known.forget();
          continue;
        }
        const isAsked = error instanceof RebuildAsked;
        if (isAsked || (await areReplicasChanged(error))) {
          const reason = isAsked ? 'a verification asks for it' : 'a replica got another shape';
          logger.info({ reason }, 'the models are opened anew');
          await modeller?.close();
          modeller = null;
          known.forget();
          continue;
        }
        if (!isRetryable(error)) {
          if (modeller !== null || (await control?.refuse(wrapError(error, 'opening the models'))) !== true)
            throw error;
          logger.error({ err: error }, 'folder of models is not taken up');
          continue;
        }
        metrics.retried();
        logger.warn({ err: error }, 'warehouse is not available, waiting for it');
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  } finally {
    await control?.close();
    await modeller?.close();
    await lease?.release().catch((error) => logger.debug({ err: error }, 'lease not released: it ends by itself'));
    await client.close();
    unlock();
  }
}
