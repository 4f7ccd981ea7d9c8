import { MillraceError } from '../../../runtime/errors.ts';
import { queryWithTables } from '../../clickhouse/external-query.ts';
import { MODEL_ERRORS } from '../errors.ts';
import type { PlacedByKey } from '../versions/placed-table.ts';
import { gatherInputs } from './gather.ts';
import type { StoreWriter } from './store-writer.ts';
import { type Engine, fromOf, type KeptModel, type MaintainedTables, withoutFrom } from './tables.ts';

/** All rows of the keys in which anything changed, as they were and as they are. */
export interface ModelChanges {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Recomputes the rows of some keys: the model's SQL over the input rows of those keys, compared with the rows that are
 * kept. What differs is written to the store and kept from then on; what does not costs nothing further.
 * Belongs inside the row store's transaction. Throws MR-MODEL-003 when two rows have one unique key.
 */
export async function maintainKeys(options: {
  engine: Engine;
  plan: PlacedByKey;
  keys: readonly string[];
  tables: MaintainedTables;
  /** Null while the row store catches up with what the store has already. */
  writer: StoreWriter | null;
  batch: string;
}): Promise<ModelChanges> {
  const { engine, plan, tables, writer, batch } = options;
  // The SQL gives the rows of the constant keys each time, so it has to see what the inputs hold of them each time.
  const keys = new Set([...options.keys, ...plan.members]);
  const model = tables.models.get(plan.id) as KeptModel;
  const body = await queryWithTables(engine.target, { query: plan.sql, tables: gatherInputs(plan, keys, tables) });
  const after = uniqueRows(plan, model, body);

  // A row that came from another key changes that key as well.
  const affected = new Set(keys);
  for (const uniqueKey of after.keys()) {
    const kept = model.rows.get(uniqueKey);
    if (kept !== undefined) affected.add(keyOf(model, kept));
  }
  const before = new Map<string, string>();
  for (const key of affected) {
    for (const row of model.rows.find(model.keyColumn, key)) before.set(model.rows.keyOf(row), row);
  }

  const changedKeys = new Set<string>();
  for (const [uniqueKey, row] of before) {
    if (after.has(uniqueKey) || !keys.has(keyOf(model, row))) continue;
    model.rows.remove(uniqueKey);
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
    model.rows.put(`${row}\t${batch}`);
    writer?.open(row);
    changedKeys.add(keyOf(model, row));
  }

  return {
    before: [...before.values()].filter((row) => changedKeys.has(keyOf(model, row))).map(withoutFrom),
    after: [...changedKeys].flatMap((key) => model.rows.find(model.keyColumn, key).map(withoutFrom)),
  };
}

function keyOf(model: KeptModel, row: string): string {
  return row.split('\t')[model.keyColumn] as string;
}

function uniqueRows(plan: PlacedByKey, model: KeptModel, body: string): Map<string, string> {
  const rows = new Map<string, string>();
  for (const line of body.split('\n')) {
    if (line === '') continue;
    const uniqueKey = model.rows.keyOf(line);
    if (rows.has(uniqueKey)) throw violated(plan, uniqueKey);
    rows.set(uniqueKey, line);
  }
  return rows;
}

function violated(plan: PlacedByKey, uniqueKey: string): MillraceError {
  return new MillraceError(
    MODEL_ERRORS.uniqueKeyViolated,
    `model ${plan.model.name}: two rows with (${plan.model.uniqueKey.join(', ')}) = (${uniqueKey.replaceAll('\t', ', ')})`,
  );
}
