import { ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import { isRetryable } from '../../clickhouse/retryable.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { addVersions, type VersionsBatch } from '../history/add-versions.ts';
import type { KeptHistory } from '../history/placed-history.ts';
import { isAdditive, isByKey, type PlacedByKey, type PlacedTable, readsOf } from '../versions/placed-table.ts';
import { addDifference } from './additive.ts';
import { type ComputedKeys, computeKeys, keepRows, type ModelChanges } from './by-key.ts';
import { createStoreWriter, type StoreWriter } from './store-writer.ts';
import type { Engine, KeptModel, MaintainedTables } from './tables.ts';
import type { TouchedKeys } from './touched-keys.ts';

/** Keys recomputed in one query. */
const KEYS_PER_QUERY = 5_000;

export interface ModelFailure {
  /** Its table in `store`. */
  readonly id: string;
  readonly model: string;
  readonly error: MillraceError;
}

export interface FollowingHistories extends Omit<VersionsBatch, 'batch'> {
  readonly each: readonly { readonly history: KeptHistory; readonly table: string }[];
}

/**
 * Brings every model up to date with the rows that the row store now has: touched keys in, changed rows out, from the
 * facts to whatever stands on them. A model that fails stops itself and what depends on it, nothing else.
 */
export async function cascade(options: {
  engine: Engine;
  /** Each after what it reads. */
  placed: readonly PlacedTable[];
  tables: MaintainedTables;
  touched: TouchedKeys;
  batch: string;
  /** False while the row store catches up with what the store has already. */
  write: boolean;
  /** Tables (by id) that are stopped; those that fail are added. */
  stopped: Set<string>;
  /** Histories that follow tables, and what their versions take; none while tables are built. */
  histories?: FollowingHistories;
}): Promise<ModelFailure[]> {
  const { engine, placed, tables, touched, batch, write, stopped } = options;
  const { each: histories, ...versions } = options.histories ?? { each: [], moment: '', abortedBatches: [] };
  const cubes = placed.filter(isAdditive);
  const failures: ModelFailure[] = [];

  function fail({ id, model }: Stoppable, error: unknown): void {
    failures.push({ id, model: model.name, error: asModelFailure(model.name, error) });
    stopped.add(id);
  }

  function failByInput(table: Stoppable, input: string): void {
    const stoppedName = placed.find(({ id }) => id === input)?.model.name ?? input;
    fail(table, modelFailed(table.model.name, `its input ${stoppedName} is stopped`));
  }

  // What a model writes is on its way while the next one is computed: models read the row store, not the tables.
  const writes: Promise<void>[] = [];
  // Models that do not stand on each other are computed side by side: most of the time is the server's.
  const running = new Map<string, Promise<void>>();
  for (const table of placed.filter(isByKey)) {
    const inputs = [...readsOf(table)].flatMap((input) => running.get(input) ?? []);
    running.set(
      table.id,
      Promise.all(inputs).then(() => maintain(table)),
    );
  }
  const maintained = await Promise.allSettled(running.values());
  const written = await Promise.allSettled(writes);
  for (const result of [...maintained, ...written]) if (result.status === 'rejected') throw result.reason;
  for (const cube of cubes) if (!stopped.has(cube.id) && stopped.has(cube.input)) failByInput(cube, cube.input);
  for (const { history, table } of histories) {
    if (!stopped.has(history.placed.id) && stopped.has(table)) failByInput(history.placed, table);
  }
  return failures;

  async function maintain(table: PlacedByKey): Promise<void> {
    if (stopped.has(table.id)) return;
    const stoppedInput = [...readsOf(table)].find((input) => stopped.has(input));
    if (stoppedInput !== undefined) return failByInput(table, stoppedInput);
    const model = tables.models.get(table.id) as KeptModel;
    const writer = write ? createStoreWriter(engine, model.table, batch) : null;
    const keys = [...touched.of(table)];
    const compute = (at: number) =>
      startQuietly(computeKeys({ engine, plan: table, keys: keys.slice(at, at + KEYS_PER_QUERY), tables }));
    let computing = keys.length > 0 ? compute(0) : null;
    let adding: Promise<void> = Promise.resolve();
    try {
      for (let next = KEYS_PER_QUERY; computing !== null; next += KEYS_PER_QUERY) {
        const computed: ComputedKeys = await computing;
        // The server computes the next slice of keys while this one is compared: a model does not read itself.
        computing = next < keys.length ? compute(next) : null;
        const changes = keepRows({ plan: table, computed, tables, writer, batch });
        failpoint('models.rows-kept');
        for (const row of changes.before) touched.touch(table.id, row);
        for (const row of changes.after) touched.touch(table.id, row);
        if (!write) continue;
        await adding; // of one slice of keys at a time
        adding = start(addTo(table, changes));
        await writer?.flushIfLarge();
      }
      if (writer !== null) void start(flush(table, writer));
    } catch (error) {
      if (isRetryable(error)) throw error;
      fail(table, error);
    }
  }

  /** Runs beside what follows; awaited at the end. */
  function start(writing: Promise<void>): Promise<void> {
    writes.push(writing);
    return startQuietly(writing);
  }

  async function flush(table: PlacedByKey, writer: StoreWriter): Promise<void> {
    try {
      await writer.flush();
      failpoint('models.facts-written');
    } catch (error) {
      if (isRetryable(error)) throw error;
      fail(table, error);
    }
  }

  async function addTo(table: PlacedByKey, changes: ModelChanges): Promise<void> {
    await Promise.all([addToCubes(table, changes), addToHistories(table, changes)]);
  }

  async function addToHistories({ id }: PlacedByKey, changes: ModelChanges): Promise<void> {
    const standing = histories.filter(({ history, table }) => table === id && !stopped.has(history.placed.id));
    const modelColumns = tables.models.get(id)?.table.columns ?? [];
    await Promise.all(
      standing.map(async ({ history }) => {
        try {
          await addVersions({ engine, history, modelColumns, changes, batch, ...versions });
        } catch (error) {
          if (isRetryable(error)) throw error;
          fail(history.placed, error);
        }
      }),
    );
  }

  async function addToCubes(input: PlacedByKey, changes: ModelChanges): Promise<void> {
    const summing = cubes.filter((cube) => cube.input === input.id && !stopped.has(cube.id));
    await Promise.all(
      summing.map(async (placedCube) => {
        const cube = tables.cubes.get(placedCube.id);
        const inputTable = tables.models.get(input.id)?.table;
        if (cube === undefined || inputTable === undefined) throw new Error(`no table is kept of ${placedCube.id}`);
        try {
          await addDifference({ engine, plan: placedCube, cube, input: inputTable, changes, batch });
          failpoint('models.cube-written');
        } catch (error) {
          if (isRetryable(error)) throw error;
          fail(placedCube, error);
        }
      }),
    );
  }
}

/** Whoever awaits it hears of its failure. */
function startQuietly<T>(running: Promise<T>): Promise<T> {
  running.catch(() => {});
  return running;
}

/** A table, or a history. */
type Stoppable = { readonly id: string; readonly model: { readonly name: string } };

export function asModelFailure(model: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  if (error instanceof ClickHouseError) {
    return modelFailed(model, `ClickHouse ${error.code}: ${error.message.slice(0, 500)}`, error);
  }
  // Anything else is a fault of ours: it must not pass as a model's.
  throw error;
}

function modelFailed(model: string, detail: string, cause?: unknown): MillraceError {
  return new MillraceError(MODEL_ERRORS.modelFailed, `model ${model}: ${detail}`, { cause });
}
