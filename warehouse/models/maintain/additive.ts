import { insertText, queryWithTables } from '../../clickhouse/external-query.ts';
import { linesText } from '../../clickhouse/lines.ts';
import { externalName } from '../plan.ts';
import { type ModelTable, qualifiedStoreTable, structureOf } from '../store/model-table.ts';
import type { PlacedAdditive } from '../versions/placed-table.ts';
import type { ModelChanges } from './by-key.ts';
import { cubeDifference } from './cube-difference.ts';
import { type Engine, newQueryId } from './tables.ts';

/**
 * Adds to a cube what a change of its input's rows makes of it: the cube's SQL over the rows as they are, less the same
 * SQL over the rows as they were. Sums, counts and distinct counts of the input's key add up, because the rows of a key
 * are all here or all absent. The subtraction is ours: in SQL, planning it takes the server five times as long as the
 * cube's own SQL.
 */
export async function addDifference(options: {
  engine: Engine;
  plan: PlacedAdditive;
  cube: ModelTable;
  input: ModelTable;
  changes: ModelChanges;
  batch: string;
}): Promise<void> {
  const { engine, plan, cube, input, changes, batch } = options;
  const structure = structureOf(input.columns);

  async function cells(rows: readonly string[]): Promise<string> {
    if (rows.length === 0) return '';
    return queryWithTables(engine.target, {
      query: plan.sql,
      tables: [{ name: externalName(plan.input), structure, lines: linesText(rows) }],
    });
  }

  const [before, after] = await Promise.all([cells(changes.before), cells(changes.after)]);
  const isMeasure = ({ name }: { name: string }) => !cube.model.uniqueKey.includes(name);
  const lines = cubeDifference({ columns: cube.columns, isMeasure, before, after });
  if (lines.length === 0) return;
  await insertText(engine.target, {
    into: qualifiedStoreTable(cube),
    lines: linesText(lines.map((line) => `${line}\t${batch}\tfalse`)),
    queryId: newQueryId(),
  });
}
