import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../runtime/logger.ts';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import { type LoadedPosition, readPositions } from '../load/positions/loaded-position.ts';
import { applyJournals, streamLines } from './journal.ts';
import { cascade, type ModelFailure } from './maintain/cascade.ts';
import { columnOf, rowsOf } from './maintain/gather.ts';
import { describeStatic } from './maintain/open-tables.ts';
import type { Engine, MaintainedTables, SourceTable } from './maintain/tables.ts';
import { createTouchedKeys } from './maintain/touched-keys.ts';
import type { ByKeyPlan, Plan } from './plan.ts';
import type { RowStore } from './rows/row-store.ts';
import type { Cursor } from './rows/row-table.ts';
import { createModelTable, type ModelTable, qualifiedStoreTable, storeTableName } from './store/model-table.ts';
import type { PublishedPosition } from './store/watermarks.ts';

const ROWS_PER_TRANSACTION = 50_000;
const KEYS_PER_TRANSACTION = 20_000;
const POLL_MS = 200;

/** Rows of a build hold from here: visible at every watermark, also at those published before the build. */
export const BUILD_BATCH = '0';

/**
 * Fills an empty row store and a new generation of tables with the state of the sources at one position, while loading
 * goes on. Models are computed by the same steps that maintain them: every key counts as touched.
 * Answers the position; rejects when the signal aborts.
 */
export async function buildGeneration(options: {
  engine: Engine;
  plan: Plan;
  tables: MaintainedTables;
  store: RowStore;
  generation: number;
  stopped: Set<string>;
  logger: Logger;
  signal: AbortSignal;
}): Promise<{ positions: LoadedPosition[]; failures: ModelFailure[]; statics: ModelTable[] }> {
  const { engine, plan, tables, store, generation, stopped, logger, signal } = options;
  const startedAt = performance.now();
  for (const { table } of tables.models.values()) await createModelTable(engine.client, table);
  for (const cube of tables.cubes.values()) await createModelTable(engine.client, cube);
  const statics = await buildStatics(engine, plan, generation);

  const before = await readPositions(engine.client);
  let rows = 0;
  for (const table of tables.sources.values()) rows += await fillFromReplica(engine, table, store, signal);
  logger.info({ rows, ms: Math.round(performance.now() - startedAt) }, 'source rows read');

  // What was read may contain changes behind the position at which reading began, even parts of later transactions.
  // Applying every change up to a position that covers all of them makes it the state at exactly that position.
  const positions = await waitUntilCovered(engine, tables, signal);
  await store.transaction(async () => {
    const ranges = [...tables.sources.values()].map((table) => ({
      table,
      range: { from: floorOf(before, table.source), to: floorOf(positions, table.source) },
    }));
    await applyJournals({ client: engine.client, tables: ranges, onChange: () => {} });
    return null;
  });

  const failures: ModelFailure[] = [];
  for (const byKey of plan.byKey) failures.push(...(await buildModel(options, byKey)));
  for (const cube of plan.additive) {
    const { input } = cube.maintenance;
    if (stopped.has(input)) stopped.add(cube.model.name);
  }
  logger.info(
    { models: plan.byKey.length + plan.additive.length, ms: Math.round(performance.now() - startedAt) },
    'models built',
  );
  return { positions, failures, statics };
}

async function buildStatics(engine: Engine, plan: Plan, generation: number): Promise<ModelTable[]> {
  const statics: ModelTable[] = [];
  for (const model of plan.static) {
    const table = { model, name: storeTableName(model.name, generation), columns: await describeStatic(engine, model) };
    await createModelTable(engine.client, table);
    const sql = model.compile({ ref: (name) => name, source: (_source, name) => name });
    await engine.client.command({ query: `insert into ${qualifiedStoreTable(table)} ${sql}` });
    statics.push(table);
  }
  return statics;
}

async function fillFromReplica(
  engine: Engine,
  table: SourceTable,
  store: RowStore,
  signal: AbortSignal,
): Promise<number> {
  const columns = table.columns.map((column) => quoteIdentifier(column.name)).join(', ');
  const lines = streamLines(engine.client, `select ${columns} from raw.${quoteIdentifier(table.replica)} final`);
  let rows = 0;
  for (let done = false; !done; ) {
    await store.transaction(async () => {
      for (let i = 0; i < ROWS_PER_TRANSACTION; i++) {
        const next = await lines.next();
        if (next.done === true) {
          done = true;
          break;
        }
        table.rows.put(next.value);
        rows++;
      }
      return null;
    });
    signal.throwIfAborted();
  }
  return rows;
}

/** Waits until every version that the replicas hold now lies below its source's recorded position. */
async function waitUntilCovered(
  engine: Engine,
  tables: MaintainedTables,
  signal: AbortSignal,
): Promise<LoadedPosition[]> {
  const highest = new Map<string, bigint>();
  for (const table of tables.sources.values()) {
    const result = await engine.client.query({
      query: `select toString(max(_version)) as version from raw.${quoteIdentifier(table.replica)}`,
      format: 'JSONEachRow',
    });
    const [row] = await result.json<{ version: string }>();
    const version = BigInt(row?.version ?? 0);
    if (version > (highest.get(table.source) ?? 0n)) highest.set(table.source, version);
  }
  for (;;) {
    const positions = await readPositions(engine.client);
    const covered = [...highest].every(([source, version]) => version <= BigInt(floorOf(positions, source)));
    if (covered && positions.every((position) => position.consistent)) return positions;
    await sleep(POLL_MS, undefined, { signal });
  }
}

export function floorOf(positions: readonly PublishedPosition[], source: string): string {
  return positions.find((position) => position.source === source)?.floor ?? '0';
}

/** Goes through every key of every input; a key that an earlier input has too was done with it. */
async function buildModel(options: Parameters<typeof buildGeneration>[0], byKey: ByKeyPlan): Promise<ModelFailure[]> {
  const { engine, plan, tables, store, stopped, signal } = options;
  const inputs = byKey.inputs.map((input) => {
    const rows = rowsOf(input.name, tables);
    return { rows, column: columnOf(rows, input.column) };
  });
  const failures: ModelFailure[] = [];
  for (const [i, input] of inputs.entries()) {
    const earlier = inputs.slice(0, i);
    let cursor: Cursor | null = null;
    for (;;) {
      signal.throwIfAborted();
      if (stopped.has(byKey.model.name)) return failures;
      const page: { values: string[]; next: Cursor | null } = input.rows.page(
        input.column,
        cursor,
        KEYS_PER_TRANSACTION,
      );
      const keys = page.values.filter((key) => !earlier.some(({ rows, column }) => rows.find(column, key).length > 0));
      await store.transaction(async () => {
        // Only this model and its cubes: the models above it have their own turn.
        const touched = createTouchedKeys([byKey], tables);
        for (const key of keys) touched.of(byKey).add(key);
        const alone = { ...plan, byKey: [byKey] };
        failures.push(
          ...(await cascade({ engine, plan: alone, tables, touched, batch: BUILD_BATCH, write: true, stopped })),
        );
        return null;
      });
      if (page.next === null) break;
      cursor = page.next;
    }
  }
  return failures;
}
