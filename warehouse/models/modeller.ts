import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../runtime/logger.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import type { LoadedPosition } from '../load/positions/loaded-position.ts';
import type { PublishedState } from '../published/published.ts';
import { runBatch } from './batch.ts';
import { buildGeneration, floorOf } from './build.ts';
import { trimJournal } from './journal.ts';
import type { ModelFailure } from './maintain/cascade.ts';
import { openTables, type ReplicaShape } from './maintain/open-tables.ts';
import type { Engine, MaintainedTables } from './maintain/tables.ts';
import type { Plan } from './plan.ts';
import { type ReplicaShapes, ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import { openRowStore } from './rows/row-store.ts';
import { abortBatch, endLeftoverWrites, highestBatch, readAbortedBatches } from './store/aborted-batches.ts';
import { foldCubes } from './store/fold.ts';
import { dropOtherGenerations } from './store/generations.ts';
import { recordFailures } from './store/model-states.ts';
import type { ModelTable } from './store/model-table.ts';
import { createModelViews } from './store/model-views.ts';
import { type PublishedPosition, publishWatermark, readLastWatermark, readWatermarks } from './store/watermarks.ts';

/** Keeps the models of one warehouse exact: batch after batch, each visible in one step. */
export interface Modeller {
  /**
   * Takes over what has been loaded since, up to `loaded`: positions of all sources, as the loader wrote them. Answers the state that it published, or null when nothing had moved.
   * Rejects with ReplicasChanged when it has to be opened anew.
   */
  advance(loaded: readonly LoadedPosition[]): Promise<PublishedState | null>;
  /** Models that stopped, and why. */
  failures(): readonly ModelFailure[];
  close(): Promise<void>;
}

export interface ModellerOptions {
  readonly engine: Engine;
  readonly plan: Plan;
  /** Identifies what the tables are built from: the project's and the replicas' shape. */
  readonly projectHash: string;
  readonly replicas: ReadonlyMap<string, ReplicaShape>;
  /** Read before `replicas`. */
  readonly replicaShapes: ReplicaShapes;
  /** Folder for row stores, one per generation. */
  readonly folder: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const PUBLISH_RETRY_MS = 500;
/** Journals and cubes are tidied every so many batches. */
const TIDY_EVERY_BATCHES = 500;

/** Continues from the row store where it fits what is published; builds everything anew where not. */
export async function openModeller(options: ModellerOptions): Promise<Modeller> {
  const { engine, plan, projectHash, replicas, folder, logger, signal } = options;
  const { client } = engine;
  await endLeftoverWrites(client);
  let published = await readLastWatermark(client);
  let generation = published?.generation ?? 0;
  let store = await openRowStore(storeFolder(folder, generation));
  let tables: MaintainedTables;
  let aborted: string[] = [];
  const stopped = new Set<string>();
  const failures: ModelFailure[] = [];
  let statics: ModelTable[] = [];

  const kept = store.state();
  if (
    published !== null &&
    kept !== null &&
    kept.generation === generation &&
    kept.projectHash === projectHash &&
    BigInt(kept.watermark) <= BigInt(published.watermark)
  ) {
    tables = await openTables({ engine, plan, replicas, store, generation });
    await catchUp(kept.watermark);
    await giveUpUnpublished();
  } else {
    logger.info({ reason: kept === null ? 'no rows kept' : 'models or replicas changed' }, 'building all models');
    tables = await rebuild();
  }

  /** The row store may be behind what was published before a crash: it follows the published steps one by one. */
  async function catchUp(from: string): Promise<void> {
    for (const step of await readWatermarks(client, from)) {
      await store.transaction(async () => {
        const state = store.state();
        await runBatch({
          engine,
          plan,
          tables,
          batch: step.watermark,
          from: state?.floors ?? {},
          to: floorsOf(step.positions),
          write: false,
          stopped,
        });
        return { generation, projectHash, watermark: step.watermark, floors: floorsOf(step.positions) };
      });
    }
  }

  /** Rows of batches behind the published one are in the tables, but not valid: nobody may ever see them. */
  async function giveUpUnpublished(): Promise<void> {
    aborted = await readAbortedBatches(client);
    const last = BigInt(published?.watermark ?? 0);
    const highest = BigInt(await highestBatch(client, allTables()));
    for (let batch = last + 1n; batch <= highest; batch++) {
      if (aborted.includes(batch.toString())) continue;
      await abortBatch(client, batch.toString());
      aborted.push(batch.toString());
    }
    if (highest > last) await createViews();
  }

  async function rebuild(): Promise<MaintainedTables> {
    await store.close();
    generation++;
    await rm(storeFolder(folder, generation), { recursive: true, force: true });
    store = await openRowStore(storeFolder(folder, generation));
    const built = await openTables({ engine, plan, replicas, store, generation });
    const result = await buildGeneration({ ...options, tables: built, store, generation, stopped });
    // What was read may be of either shape.
    if (replicaShapesOf(result.positions) !== options.replicaShapes) {
      await store.close();
      throw new ReplicasChanged();
    }
    failures.push(...result.failures);
    statics = result.statics;
    tables = built;
    const aborts = await readAbortedBatches(client);
    const watermark = nextBatch(aborts);
    aborted = [];
    await createViews();
    await recordFailures(client, { plan, failures, watermark });
    await publish(watermark, result.positions, 0);
    await store.transaction(async () => ({ generation, projectHash, watermark, floors: floorsOf(result.positions) }));
    await dropOtherGenerations({ client, generation, folder });
    return built;
  }

  function nextBatch(aborts: readonly string[]): string {
    const used = [published?.watermark ?? '0', ...aborts].map(BigInt);
    return (used.reduce((a, b) => (a > b ? a : b)) + 1n).toString();
  }

  function* allTables(): Iterable<ModelTable> {
    for (const { table } of tables.models.values()) yield table;
    yield* tables.cubes.values();
  }

  async function createViews(): Promise<void> {
    for (const table of [...allTables(), ...statics]) {
      const lastWatermark = stopped.has(table.model.name) ? (published?.watermark ?? '0') : null;
      await createModelViews(client, table, { abortedBatches: aborted, lastWatermark });
    }
  }

  /** Retried until it is known to be there: the same row twice says the same. */
  async function publish(
    watermark: string,
    positions: readonly PublishedPosition[],
    changes: number,
  ): Promise<PublishedState> {
    for (;;) {
      try {
        const state = await publishWatermark(client, { watermark, generation, positions, changes });
        published = { watermark, generation, positions };
        return state;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        logger.warn({ err: error }, 'watermark not published yet');
        await sleep(PUBLISH_RETRY_MS, undefined, { signal });
      }
    }
  }

  async function advance(loaded: readonly LoadedPosition[]): Promise<PublishedState | null> {
    const state = store.state();
    if (state === null) throw new Error('the row store has no state');
    if (replicaShapesOf(loaded) !== options.replicaShapes) throw new ReplicasChanged();
    const positions = publishable(loaded, published?.positions ?? []);
    if (!positions.some((position) => BigInt(position.floor) > BigInt(state.floors[position.source] ?? 0))) return null;
    const batch = nextBatch(aborted);
    let now: PublishedState | null = null;
    try {
      await store.transaction(async () => {
        const result = await runBatch({
          engine,
          plan,
          tables,
          batch,
          from: state.floors,
          to: floorsOf(positions),
          write: true,
          stopped,
        });
        if (result.failures.length > 0) await stop(result.failures, batch);
        now = await publish(batch, positions, result.changes);
        return { generation, projectHash, watermark: batch, floors: floorsOf(positions) };
      });
    } catch (error) {
      if (published?.watermark !== batch) await giveUp(batch);
      throw error;
    }
    if (BigInt(batch) % BigInt(TIDY_EVERY_BATCHES) === 0n) await tidy(positions);
    return now;
  }

  async function stop(failed: readonly ModelFailure[], batch: string): Promise<void> {
    for (const failure of failed)
      logger.error({ model: failure.model, code: failure.error.code, detail: failure.error.message }, 'model stopped');
    failures.push(...failed);
    await recordFailures(client, { plan, failures, watermark: batch });
    for (const { model } of failed) {
      const table = tables.models.get(model)?.table ?? tables.cubes.get(model);
      if (table === undefined) continue;
      await createModelViews(client, table, { abortedBatches: aborted, lastWatermark: published?.watermark ?? '0' });
    }
  }

  async function giveUp(batch: string): Promise<void> {
    for (;;) {
      try {
        await endLeftoverWrites(client);
        await abortBatch(client, batch);
        aborted.push(batch);
        await createViews();
        return;
      } catch (error) {
        if (!isRetryable(error) || signal.aborted) throw error;
        await sleep(PUBLISH_RETRY_MS, undefined, { signal });
      }
    }
  }

  async function tidy(positions: readonly PublishedPosition[]): Promise<void> {
    for (const table of tables.sources.values()) await trimJournal(client, table, floorOf(positions, table.source));
    await foldCubes({ client, cubes: tables.cubes.values(), horizon: published?.watermark ?? '0', aborted, stopped });
  }

  return {
    advance,
    failures: () => failures,
    close: () => store.close(),
  };
}

function storeFolder(folder: string, generation: number): string {
  return join(folder, `g${generation}`);
}

/** A source that is copied anew stays where it was published last until it is a state that it really had again. */
function publishable(
  loaded: readonly LoadedPosition[],
  published: readonly PublishedPosition[],
): readonly PublishedPosition[] {
  return loaded.map((position) => {
    if (position.consistent) return position;
    return published.find(({ source }) => source === position.source) ?? position;
  });
}

function floorsOf(positions: readonly PublishedPosition[]): Record<string, string> {
  return Object.fromEntries(positions.map((position) => [position.source, position.floor]));
}
