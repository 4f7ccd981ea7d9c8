import type { ClickHouseClient } from '@clickhouse/client';

/** A table or view that readers see. */
export interface ShownRelation {
  readonly schema: string;
  readonly name: string;
}

/** Types of the columns of what readers see, by `schema.relation.column`; what is not there has none. */
export async function readShownTypes(
  client: ClickHouseClient,
  relations: readonly ShownRelation[],
): Promise<ReadonlyMap<string, string>> {
  const result = await client.query({
    query: `
      select concat(database, '.', table, '.', name) as column, type
      from system.columns
      where (database, table) in arrayZip({schemas:Array(String)}, {names:Array(String)})`,
    query_params: { schemas: relations.map(({ schema }) => schema), names: relations.map(({ name }) => name) },
    format: 'JSONEachRow',
  });
  return new Map((await result.json<{ column: string; type: string }>()).map(({ column, type }) => [column, type]));
}
