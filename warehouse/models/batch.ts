import { applyJournals } from './journal.ts';
import { cascade, type ModelFailure } from './maintain/cascade.ts';
import type { Engine, MaintainedTables } from './maintain/tables.ts';
import { createTouchedKeys } from './maintain/touched-keys.ts';
import type { Plan } from './plan.ts';

export interface BatchResult {
  /** Changed source rows. */
  readonly changes: number;
  readonly failures: readonly ModelFailure[];
}

/**
 * Takes over every change between two positions: source rows first, then the models that they touch. Belongs inside
 * the row store's transaction. With `write: false` only the row store moves: the store has the batch already.
 */
export async function runBatch(options: {
  engine: Engine;
  plan: Plan;
  tables: MaintainedTables;
  batch: string;
  /** Per source, versions: from (contained already) to (contained afterwards). */
  from: Readonly<Record<string, string>>;
  to: Readonly<Record<string, string>>;
  write: boolean;
  stopped: Set<string>;
}): Promise<BatchResult> {
  const { engine, plan, tables, batch, from, to, write, stopped } = options;
  const moved = [...tables.sources.values()]
    .map((table) => ({ table, range: { from: from[table.source] ?? '0', to: to[table.source] ?? '0' } }))
    .filter(({ range }) => BigInt(range.from) < BigInt(range.to));
  const touched = createTouchedKeys(plan.byKey, tables);
  const changes = await applyJournals({
    client: engine.client,
    tables: moved,
    onChange: (table, before, after) => {
      if (before !== undefined) touched.touch(table.name, before);
      if (after !== undefined) touched.touch(table.name, after);
    },
  });
  if (changes === 0) return { changes: 0, failures: [] };
  const failures = await cascade({ engine, plan, tables, touched, batch, write, stopped });
  return { changes, failures };
}
