import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import type { Project } from '../../warehouse/models/project/project.ts';

/** A relation of Millrace and the one that dbt built from the same model. */
export interface BuiltTwice {
  readonly model: string;
  readonly millrace: { readonly database: string; readonly name: string };
  readonly dbt: { readonly database: string; readonly name: string };
}

/** dbt puts what names no schema into the profile's, the rest into `<profile's>_<schema>`. */
export function builtTwice(project: Project, dbtDatabase: string): BuiltTwice[] {
  return project.models.map(({ name, materialized, schema, layer }) => {
    const named = materialized === 'view' && layer !== 'staging';
    return {
      model: name,
      millrace: { database: materialized === 'table' ? 'marts' : schema, name },
      dbt: { database: named ? `${dbtDatabase}_${schema}` : dbtDatabase, name },
    };
  });
}

/** Columns and rows in which both differ, at most 20 rows; empty when they are equal. */
export async function buildDifferences(client: ClickHouseClient, built: BuiltTwice): Promise<string> {
  const [ours, theirs] = await Promise.all([columnsOf(client, built.millrace), columnsOf(client, built.dbt)]);
  if (ours === '') return `${built.model}: Millrace has no such relation`;
  if (ours !== theirs) return `${built.model}: columns are\n${ours}in Millrace, in dbt's build\n${theirs}`;
  const [kept, full] = [built.millrace, built.dbt].map(
    ({ database, name }) => `select * from ${quoteIdentifier(database)}.${quoteIdentifier(name)}`,
  );
  const result = await client.query({
    query: `
      select 'Millrace' as side, * from (${kept} except all ${full})
      union all
      select 'dbt' as side, * from (${full} except all ${kept})
      limit 20`,
    format: 'TabSeparated',
  });
  const rows = await result.text();
  return rows === '' ? '' : `${built.model}: rows of one side only\n${rows}`;
}

async function columnsOf(client: ClickHouseClient, relation: BuiltTwice['millrace']): Promise<string> {
  const result = await client.query({
    query: `select name, type from system.columns
      where database = {database:String} and table = {name:String} order by position`,
    query_params: { ...relation },
    format: 'TabSeparated',
  });
  return result.text();
}
