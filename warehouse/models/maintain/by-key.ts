import { MillraceError } from '../../../runtime/errors.ts';
import { queryWithTables } from '../../clickhouse/external-query.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { fieldAt } from '../rows/field.ts';
import { inKeyOrder } from '../rows/key-bytes.ts';
import type { PlacedByKey } from '../versions/placed-table.ts';
import { gatherInputs } from './gather.ts';
import type { StoreWriter } from './store-writer.ts';
import { type Engine, fromOf, type KeptModel, type MaintainedTables, withoutFrom } from './tables.ts';

/** All rows of the keys in which anything changed, as they were and as they are. */
export interface ModelChanges {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Keys of a model, and its rows of them as its SQL gives them now. */
export interface ComputedKeys {
  readonly keys: ReadonlySet<string>;
  readonly rows: ReadonlyMap<string, string>;
}

/** The model's SQL over the input rows of some keys. Throws MR-MODEL-003 when two rows have one unique key. */
export async function computeKeys(options: {
  engine: Engine;
  plan: PlacedByKey;
  keys: readonly string[];
  tables: MaintainedTables;
}): Promise<ComputedKeys> {
  const { engine, plan, tables } = options;
  // The SQL gives the rows of the constant keys each time, so it has to see what the inputs hold of them each time.
  const keys = new Set([...options.keys, ...plan.members]);
  const model = tables.models.get(plan.id) as KeptModel;
  const body = await queryWithTables(engine.target, { query: plan.sql, tables: gatherInputs(plan, keys, tables) });
  return { keys, rows: uniqueRows(plan, model, body) };
}

/**
 * Compares computed rows with those that are kept. What differs is written to the store and kept from then on; what does
 * not costs nothing further. Belongs inside the row store's transaction. Throws MR-MODEL-003 when two rows have one
 * unique key.
 */
export function keepRows(options: {
  plan: PlacedByKey;
  computed: ComputedKeys;
  tables: MaintainedTables;
  /** Null while the row store catches up with what the store has already. */
  writer: StoreWriter | null;
  batch: string;
}): ModelChanges {
  const { plan, tables, writer, batch } = options;
  const { keys, rows: after } = options.computed;
  const model = tables.models.get(plan.id) as KeptModel;
  const before = new Map<string, string>();
  const affected = new Set<string>();
  const readKept = (key: string) => {
    if (affected.has(key)) return;
    affected.add(key);
    for (const row of model.rows.find(model.keyColumn, key)) before.set(model.rows.keyOf(row), row);
  };
  for (const key of keys) readKept(key);
  // A row that came from another key changes that key as well.
  for (const [uniqueKey, row] of after) {
    readKept(keyOf(model, row));
    const kept = before.has(uniqueKey) ? undefined : model.rows.get(uniqueKey);
    if (kept !== undefined) readKept(keyOf(model, kept));
  }

  const now = new Map(before);
  const changedKeys = new Set<string>();
  for (const [uniqueKey, row] of before) {
    if (after.has(uniqueKey) || !keys.has(keyOf(model, row))) continue;
    model.rows.remove(uniqueKey);
    now.delete(uniqueKey);
    writer?.close(withoutFrom(row), fromOf(row));
    changedKeys.add(keyOf(model, row));
  }
  for (const [uniqueKey, row] of after) {
    const kept = before.get(uniqueKey);
    if (kept !== undefined) {
      if (withoutFrom(kept) === row) continue;
      if (fromOf(kept) === batch) throw violated(plan, uniqueKey);
      writer?.close(withoutFrom(kept), fromOf(kept));
      changedKeys.add(keyOf(model, kept));
    }
    const holding = `${row}\t${batch}`;
    model.rows.put(holding);
    now.set(uniqueKey, holding);
    writer?.open(row);
    changedKeys.add(keyOf(model, row));
  }

  const ofChangedKeys = (rows: ReadonlyMap<string, string>) =>
    [...rows.values()].filter((row) => changedKeys.has(keyOf(model, row))).map(withoutFrom);
  return { before: ofChangedKeys(before), after: ofChangedKeys(now) };
}

function keyOf(model: KeptModel, row: string): string {
  return fieldAt(row, model.keyColumn) as string;
}

function uniqueRows(plan: PlacedByKey, model: KeptModel, body: string): Map<string, string> {
  const rows = new Map<string, string>();
  for (const line of body.split('\n')) {
    if (line === '') continue;
    const uniqueKey = model.rows.keyOf(line);
    if (rows.has(uniqueKey)) throw violated(plan, uniqueKey);
    rows.set(uniqueKey, line);
  }
  return inKeyOrder(rows);
}

function violated(plan: PlacedByKey, uniqueKey: string): MillraceError {
  return new MillraceError(
    MODEL_ERRORS.uniqueKeyViolated,
    `model ${plan.model.name}: two rows with (${plan.model.uniqueKey.join(', ')}) = (${uniqueKey.replaceAll('\t', ', ')})`,
  );
}
