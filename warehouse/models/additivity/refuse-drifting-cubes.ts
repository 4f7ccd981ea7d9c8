import { MillraceError } from '../../../runtime/errors.ts';
import { queryWithTables } from '../../clickhouse/external-query.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { cubeDifference } from '../maintain/cube-difference.ts';
import type { Engine } from '../maintain/tables.ts';
import type { ModelColumns } from '../model-columns.ts';
import { type AdditivePlan, externalName, type Plan } from '../plan.ts';
import { fieldAt } from '../rows/field.ts';
import { differenceType, type ModelColumn, structureOf } from '../store/model-table.ts';
import { sampleRows } from './sample-rows.ts';

const ROWS = 400;

/**
 * A cube is kept by adding differences, so its cells over some entities and its cells over others must add up to its cells over
 * all of them. The server computes all three over made-up rows: what does not add up there would drift. Throws MR-MODEL-002
 * with the measures; before anything is built.
 */
export async function refuseDriftingCubes(plan: Plan, engine: Engine, columns: ModelColumns): Promise<void> {
  for (const cube of plan.additive) {
    const drifting = await driftingMeasures(cube, engine, columns);
    if (drifting.length === 0) continue;
    throw new MillraceError(
      MODEL_ERRORS.notMaintainable,
      `model ${cube.model.name}: ${drifting.join(', ')} of some ${cube.maintenance.entity}s and of others do not add up to that of all of them; ` +
        "use sum and count as they are (and round, compare or divide where it is read), else write strategy 'by_key'",
    );
  }
}

async function driftingMeasures(cube: AdditivePlan, engine: Engine, columns: ModelColumns): Promise<string[]> {
  const { model, maintenance } = cube;
  const [input, own] = await Promise.all([columns.of(maintenance.input), columns.of(model.name)]);
  const isMeasure = ({ name }: ModelColumn) => !model.uniqueKey.includes(name);
  for (const column of own.filter(isMeasure)) differenceType(model, column);
  const name = externalName(maintenance.input);
  const query = cube.sqlOver(externalName);
  const cellsOver = (lines: string): Promise<string> =>
    queryWithTables(engine.target, { query, tables: [{ name, structure: structureOf(input), lines }] });
  const sets = await Promise.all(
    [0, 1].map((set) =>
      queryWithTables(engine.target, {
        query: sampleRows({ columns: input, entity: maintenance.entity, rows: ROWS, set }),
        tables: [],
      }),
    ),
  );
  const apart = await Promise.all(sets.map(cellsOver));
  const before = apart.join('');
  const difference = cubeDifference({ columns: own, isMeasure, before, after: await cellsOver(sets.join('')) });
  return own.flatMap((column, i) =>
    isMeasure(column) && difference.some((line) => Number(fieldAt(line, i)) !== 0) ? [column.name] : [],
  );
}
