import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import type { Project } from '../../warehouse/models/project/project.ts';

/** A relation of Millrace and the one that dbt built from the same model. */
export interface BuiltTwice {
  readonly model: string;
  readonly millrace: { readonly database: string; readonly name: string };
  readonly dbt: { readonly database: string; readonly name: string };
  /** Of a snapshot dbt has other versions, and other columns beside: those that both have, and the versions that hold. */
  readonly columns: string;
  readonly where: string;
  /** What stands on a snapshot, too, has other rows. */
  readonly areRowsEqual: boolean;
}

/** dbt puts what names no schema into the profile's, the rest into `<profile's>_<schema>`. */
export function builtTwice(project: Project, dbtDatabase: string): BuiltTwice[] {
  return project.models.map(({ name, materialized, schema, layer, refs, maintenance }) => {
    const named = materialized !== 'table' && layer !== 'staging';
    const history = maintenance?.strategy === 'history' ? maintenance : null;
    const own =
      history === null ? [] : [history.valid_from, history.valid_to, 'is_current', 'dbt_scd_id', 'dbt_updated_at'];
    return {
      model: name,
      millrace: { database: materialized === 'table' ? 'marts' : schema, name },
      dbt: { database: named ? `${dbtDatabase}_${schema}` : dbtDatabase, name },
      columns: own.length === 0 ? '*' : `* except (${own.join(', ')})`,
      where: history === null ? '' : `where ${history.valid_to} is null`,
      areRowsEqual: !refs.some((ref) => history === null && project.byName.get(ref)?.materialized === 'snapshot'),
    };
  });
}

/** Columns and rows in which both differ, at most 20 rows; empty when they are equal. */
export async function buildDifferences(client: ClickHouseClient, built: BuiltTwice): Promise<string> {
  const [ours, theirs] = await Promise.all([
    columnsOf(client, built, built.millrace),
    columnsOf(client, built, built.dbt),
  ]);
  if (ours === '') return `${built.model}: Millrace has no such relation`;
  if (ours !== theirs) return `${built.model}: columns are\n${ours}in Millrace, in dbt's build\n${theirs}`;
  if (!built.areRowsEqual) return '';
  const [kept, full] = [built.millrace, built.dbt].map((relation) => `${selectOf(built, relation)} ${built.where}`);
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

async function columnsOf(
  client: ClickHouseClient,
  built: BuiltTwice,
  relation: BuiltTwice['millrace'],
): Promise<string> {
  const { database, name } = relation;
  const isThere = await client.query({
    query: 'select 1 from system.tables where database = {database:String} and name = {name:String}',
    query_params: { database, name },
    format: 'TabSeparated',
  });
  if ((await isThere.text()) === '') return '';
  const result = await client.query({
    query: `describe table (${selectOf(built, relation)})`,
    format: 'JSONEachRow',
  });
  return (await result.json<{ name: string; type: string }>()).map(({ name, type }) => `${name}\t${type}\n`).join('');
}

function selectOf({ columns }: BuiltTwice, { database, name }: BuiltTwice['millrace']): string {
  return `select ${columns} from ${quoteIdentifier(database)}.${quoteIdentifier(name)}`;
}
