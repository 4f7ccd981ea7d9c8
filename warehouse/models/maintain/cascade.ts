import { ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { isRetryable } from '../../clickhouse/retryable.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { type ByKeyPlan, inputNames, type Plan } from '../plan.ts';
import { addDifference } from './additive.ts';
import { type ModelChanges, maintainKeys } from './by-key.ts';
import { createStoreWriter, type StoreWriter } from './store-writer.ts';
import type { Engine, KeptModel, MaintainedTables } from './tables.ts';
import type { TouchedKeys } from './touched-keys.ts';

/** Keys recomputed in one query. */
const KEYS_PER_QUERY = 5_000;

export interface ModelFailure {
  readonly model: string;
  readonly error: MillraceError;
}

/**
 * Brings every model up to date with the rows that the row store now has: touched keys in, changed rows out, from the
 * facts to whatever stands on them. A model that fails stops itself and what depends on it, nothing else.
 */
export async function cascade(options: {
  engine: Engine;
  plan: Plan;
  tables: MaintainedTables;
  touched: TouchedKeys;
  batch: string;
  /** False while the row store catches up with what the store has already. */
  write: boolean;
  /** Models that are stopped; those that fail are added. */
  stopped: Set<string>;
}): Promise<ModelFailure[]> {
  const { engine, plan, tables, touched, batch, write, stopped } = options;
  const failures: ModelFailure[] = [];

  function fail(model: string, error: unknown): void {
    failures.push({ model, error: asModelFailure(model, error) });
    stopped.add(model);
  }

  // What a model writes is on its way while the next one is computed: models read the row store, not the tables.
  const writes: Promise<void>[] = [];
  // Models that do not stand on each other are computed side by side: most of the time is the server's.
  const running = new Map<string, Promise<void>>();
  for (const byKey of plan.byKey) {
    const inputs = [...inputNames(byKey)].flatMap((input) => running.get(input) ?? []);
    running.set(
      byKey.model.name,
      Promise.all(inputs).then(() => maintain(byKey)),
    );
  }
  const maintained = await Promise.allSettled(running.values());
  const written = await Promise.allSettled(writes);
  for (const result of [...maintained, ...written]) if (result.status === 'rejected') throw result.reason;
  for (const cube of plan.additive) {
    const { input } = cube.maintenance;
    if (!stopped.has(cube.model.name) && stopped.has(input)) {
      fail(
        cube.model.name,
        new MillraceError(MODEL_ERRORS.modelFailed, `model ${cube.model.name}: its input ${input} is stopped`),
      );
    }
  }
  return failures;

  async function maintain(byKey: ByKeyPlan): Promise<void> {
    const name = byKey.model.name;
    if (stopped.has(name)) return;
    const stoppedInput = byKey.inputs.find((input) => stopped.has(input.name));
    if (stoppedInput !== undefined) {
      fail(
        name,
        new MillraceError(MODEL_ERRORS.modelFailed, `model ${name}: its input ${stoppedInput.name} is stopped`),
      );
      return;
    }
    const model = tables.models.get(name) as KeptModel;
    const writer = write ? createStoreWriter(engine, model.table, batch) : null;
    const keys = [...touched.of(byKey)];
    let cubes: Promise<void> = Promise.resolve();
    try {
      for (let at = 0; at < keys.length; at += KEYS_PER_QUERY) {
        const some = keys.slice(at, at + KEYS_PER_QUERY);
        const changes = await maintainKeys({ engine, plan: byKey, keys: some, tables, writer, batch });
        for (const row of changes.before) touched.touch(name, row);
        for (const row of changes.after) touched.touch(name, row);
        if (!write) continue;
        await cubes; // of one slice of keys at a time
        cubes = start(addToCubes(name, changes));
        await writer?.flushIfLarge();
      }
      if (writer !== null) void start(flush(name, writer));
    } catch (error) {
      if (isRetryable(error)) throw error;
      fail(name, error);
    }
  }

  /** Runs beside what follows; awaited at the end. */
  function start(writing: Promise<void>): Promise<void> {
    writing.catch(() => {}); // Whoever awaits it hears of it.
    writes.push(writing);
    return writing;
  }

  async function flush(model: string, writer: StoreWriter): Promise<void> {
    try {
      await writer.flush();
    } catch (error) {
      if (isRetryable(error)) throw error;
      fail(model, error);
    }
  }

  async function addToCubes(input: string, changes: ModelChanges): Promise<void> {
    const cubes = plan.additive.filter((cube) => cube.maintenance.input === input && !stopped.has(cube.model.name));
    await Promise.all(
      cubes.map(async (cubePlan) => {
        const cube = tables.cubes.get(cubePlan.model.name);
        const inputTable = tables.models.get(input)?.table;
        if (cube === undefined || inputTable === undefined)
          throw new Error(`no table is kept of ${cubePlan.model.name}`);
        try {
          await addDifference({ engine, plan: cubePlan, cube, input: inputTable, changes, batch });
        } catch (error) {
          if (isRetryable(error)) throw error;
          fail(cubePlan.model.name, error);
        }
      }),
    );
  }
}

function asModelFailure(model: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  if (error instanceof ClickHouseError) {
    return new MillraceError(
      MODEL_ERRORS.modelFailed,
      `model ${model}: ClickHouse ${error.code}: ${error.message.slice(0, 500)}`,
      {
        cause: error,
      },
    );
  }
  // Anything else is a fault of ours: it must not pass as a model's.
  throw error;
}
