import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { externalName } from '../plan.ts';
import { differenceType, type ModelTable, measuresOf, qualifiedStoreTable } from '../store/model-table.ts';
import { differencesAt, selectAt } from '../store/model-views.ts';
import type { PlacedAdditive } from '../versions/placed-table.ts';
import type { Range } from './range.ts';

/**
 * Adds to a cube what its cells in a range lack: its SQL over all rows of its input at the last watermark, less what is kept.
 * Belongs to a batch: what changes in it comes as differences of its own.
 */
export async function reconcileCube(options: {
  client: ClickHouseClient;
  cube: ModelTable;
  input: ModelTable;
  placed: PlacedAdditive;
  range: Range;
  watermark: string;
  batch: string;
  abortedBatches: readonly string[];
}): Promise<void> {
  const { client, cube, input, placed, range, watermark, batch, abortedBatches } = options;
  const key = cube.model.uniqueKey.map(quoteIdentifier).join(', ');
  const measures = measuresOf(cube).map((column) => ({
    name: quoteIdentifier(column.name),
    type: quoteString(differenceType(cube.model, column)),
  }));
  const names = measures.map(({ name }) => name).join(', ');
  const where = conditionOf(cube, range);
  const full = measures.map(({ name, type }) => `cast(${name}, ${type}) as ${name}`).join(', ');
  const kept = measures.map(({ name }) => `-t.${name} as ${name}`).join(', ');
  await client.command({
    query: `
      insert into ${qualifiedStoreTable(cube)} (${key}, ${names}, _batch, _folded)
      with ${externalName(placed.input)} as (${selectAt(input, { abortedBatches, lastWatermark: null })})
      select ${key}, ${measures.map(({ name }) => `sum(d.${name}) as ${name}`).join(', ')}, {batch:UInt64}, false
      from (
        select ${key}, ${full} from (${placed.sql})
        union all
        select ${key}, ${kept} from ${qualifiedStoreTable(cube)} as t where ${differencesAt(cube, '{watermark:UInt64}', abortedBatches)}
      ) as d
      where ${where}
      group by ${key}
      having not (${measures.map(({ name }) => `${name} = 0`).join(' and ')})`,
    query_params: { watermark, batch, from: range.from ?? '', to: range.to ?? '' },
  });
}

function conditionOf(cube: ModelTable, { column, kind, from, to }: Range): string {
  const type = cube.columns.find(({ name }) => name === column)?.type ?? 'String';
  // Ends of moments are written with all of their digits (`range.ts`), whatever the column's type has.
  const isMoment = kind === 'moment';
  const end = (parameter: string): string =>
    isMoment
      ? `toDateTime64(left({${parameter}:String}, 26), 6, 'UTC')`
      : `cast({${parameter}:String}, ${quoteString(type)})`;
  const value = isMoment ? `toDateTime64(${quoteIdentifier(column)}, 6, 'UTC')` : quoteIdentifier(column);
  const parts = ['1'];
  if (from !== null) parts.push(`${value} >= ${end('from')}`);
  if (to !== null) parts.push(`${value} < ${end('to')}`);
  return parts.join(' and ');
}
