import type { Engine, MaintainedTables } from '../maintain/tables.ts';
import type { TouchedKeys } from '../maintain/touched-keys.ts';
import { tableOf } from '../store/create-tables.ts';
import { isByKey, type PlacedByKey, type PlacedTable, readsOf } from '../versions/placed-table.ts';
import type { Recompute } from './recompute.ts';
import { reconcileCube } from './reconcile-cube.ts';
import { rewriteKeys } from './rewrite-keys.ts';

/** Keys of a table, and of what stands on it, count as touched. Belongs before the cascade: rows are as they were. */
export function touchAgain(options: {
  id: string;
  keys: readonly string[];
  placed: readonly PlacedTable[];
  tables: MaintainedTables;
  touched: TouchedKeys;
}): void {
  const { id, placed, tables, touched } = options;
  const again = new Map<string, readonly string[]>([[id, options.keys]]);
  for (const table of above(id, placed)) {
    const model = tables.models.get(table.id);
    const keys = again.get(table.id) ?? [...touched.of(table)];
    if (model === undefined) continue;
    for (const key of keys) {
      touched.of(table).add(key);
      for (const row of model.rows.find(model.keyColumn, key)) touched.touch(table.id, row);
    }
  }
}

/** Makes what readers see what was computed. Belongs behind the cascade. */
export async function putRight(options: {
  engine: Engine;
  recompute: Recompute;
  placed: readonly PlacedTable[];
  tables: MaintainedTables;
  touched: TouchedKeys;
  state: { readonly watermark: string };
  batch: string;
  abortedBatches: readonly string[];
  stopped: ReadonlySet<string>;
}): Promise<void> {
  const { engine, recompute, placed, tables, touched, state, batch, abortedBatches, stopped } = options;
  const common = { watermark: state.watermark, batch, abortedBatches };
  const asked = placed.find(({ id }) => id === recompute.id);
  if (asked?.strategy === 'additive') {
    const [cube, input] = [tableOf(tables, asked.id), tableOf(tables, asked.input)];
    return reconcileCube({ client: engine.client, cube, input, placed: asked, range: recompute.range, ...common });
  }
  for (const table of above(recompute.id, placed)) {
    const model = tables.models.get(table.id);
    if (model === undefined || stopped.has(table.id)) continue;
    await rewriteKeys({ engine, model, keys: [...touched.of(table)], ...common });
  }
}

/** A table kept by key and those that stand on it, each after what it reads. */
function above(id: string, placed: readonly PlacedTable[]): PlacedByKey[] {
  const ids = new Set([id]);
  return placed.filter(isByKey).filter((table) => {
    if (![...readsOf(table)].some((read) => ids.has(read)) && table.id !== id) return false;
    ids.add(table.id);
    return true;
  });
}
