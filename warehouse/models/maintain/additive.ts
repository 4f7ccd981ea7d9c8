import { queryWithTables } from '../../clickhouse/external-query.ts';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import type { AdditivePlan } from '../plan.ts';
import { type ModelTable, measuresOf, qualifiedStoreTable, structureOf } from '../store/model-table.ts';
import type { ModelChanges } from './by-key.ts';
import { type Engine, newQueryId } from './tables.ts';

/**
 * Adds to a cube what a change of its input's rows makes of it: the cube's SQL over the rows as they are, less the same
 * SQL over the rows as they were. Sums, counts and distinct counts of the input's key add up, because the rows of a key
 * are all here or all absent.
 */
export async function addDifference(options: {
  engine: Engine;
  plan: AdditivePlan;
  cube: ModelTable;
  input: ModelTable;
  changes: ModelChanges;
  batch: string;
}): Promise<void> {
  const { engine, plan, cube, input, changes, batch } = options;
  if (changes.before.length === 0 && changes.after.length === 0) return;
  const structure = structureOf(input.columns);
  await queryWithTables(engine.target, {
    query: differenceSql(plan, cube, batch),
    queryId: newQueryId(),
    tables: [
      { name: 'rows_before', structure, lines: toLines(changes.before) },
      { name: 'rows_after', structure, lines: toLines(changes.after) },
    ],
  });
}

function differenceSql(plan: AdditivePlan, cube: ModelTable, batch: string): string {
  const key = plan.model.uniqueKey.map(quoteIdentifier).join(', ');
  const measures = measuresOf(cube).map((measure) => quoteIdentifier(measure.name));
  const signed = (sign: string) => measures.map((measure) => `${sign}toInt8(1) * ${measure} as ${measure}`).join(', ');
  return `
    insert into ${qualifiedStoreTable(cube)} (${key}, ${measures.join(', ')}, _batch, _folded)
    select ${key}, ${measures.map((measure) => `sum(d.${measure}) as ${measure}`).join(', ')}, ${batch}, false
    from (
      select ${key}, ${signed('-')} from (${plan.sqlOver('rows_before')})
      union all
      select ${key}, ${signed('')} from (${plan.sqlOver('rows_after')})
    ) as d
    group by ${key}
    having not (${measures.map((measure) => `${measure} = 0`).join(' and ')})`;
}

function toLines(rows: readonly string[]): string {
  return rows.length === 0 ? '' : `${rows.join('\n')}\n`;
}
