import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';
import { readShownTypes, type ShownRelation } from '../store/shown-types.ts';
import type { Cube } from './cube.ts';
import type { DeclaredCube } from './read-cubes.ts';

/** Where cubes and dimensions are shown. */
const SCHEMA = 'marts';

export const CUBES_TABLE = `create table if not exists millrace.cubes (
    recorded_at DateTime64(6, 'UTC') default now64(6),
    cubes String comment 'JSON: dimensions and measures of the cubes that readers see'
  ) engine = ReplacingMergeTree(recorded_at) order by tuple() ${TABLE_SETTINGS}
  comment 'what can be asked of cubes, as the models that readers see declare it; the last row counts'`;

/** Tells readers what can be asked of the cubes that they see from now on. Columns that are not there are left out. */
export async function recordCubes(client: ClickHouseClient, declared: readonly DeclaredCube[]): Promise<void> {
  const types = await readShownTypes(client, relationsOf(declared));
  const typeOf = (model: string, column: string) => types.get(`${SCHEMA}.${model}.${column}`);
  const cubes = declared.flatMap((cube): Cube[] => {
    const dimensions = cube.dimensions.flatMap((dimension) => {
      const { attribute, name } = dimension;
      const type = attribute === null ? typeOf(cube.name, name) : typeOf(attribute.model, attribute.attribute);
      return type === undefined ? [] : [{ ...dimension, type }];
    });
    const measures = cube.measures.flatMap((measure) => {
      const type = measure.type ?? typeOf(cube.name, measure.name);
      return type === undefined ? [] : [{ ...measure, type }];
    });
    return dimensions.length + measures.length === 0 ? [] : [{ ...cube, dimensions, measures }];
  });
  await client.insert({
    table: 'millrace.cubes',
    values: [{ cubes: JSON.stringify(cubes) }],
    format: 'JSONEachRow',
  });
}

/** The cubes and the dimension tables that their attributes are of. */
function relationsOf(cubes: readonly DeclaredCube[]): ShownRelation[] {
  const names = cubes.flatMap(({ name, dimensions }) => [
    name,
    ...dimensions.flatMap(({ attribute }) => (attribute === null ? [] : [attribute.model])),
  ]);
  return [...new Set(names)].map((name) => ({ schema: SCHEMA, name }));
}

/** Gives the cubes that readers see in one row, as `cubes` for `cubesOf`; no row while no models are kept. */
export const RECORDED_CUBES = 'select cubes from millrace.cubes order by recorded_at desc limit 1';

export function cubesOf(text: string): readonly Cube[] {
  return JSON.parse(text) as Cube[];
}
