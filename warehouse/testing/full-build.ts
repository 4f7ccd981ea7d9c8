import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import type { Project } from '../models/project/project.ts';
import { queryText } from './temporary-warehouse.ts';

/**
 * Rows in which a kept model differs from its SQL run in full over the replicas: `kept` or `full`, then the row.
 * Empty when they are equal. With `inputs: 'kept'` over the models that it reads, as they are kept: who compares all
 * models learns the same, for a small part of the time.
 */
export async function differencesOf(
  client: ClickHouseClient,
  project: Project,
  name: string,
  inputs: 'computed' | 'kept' = 'computed',
): Promise<string> {
  const full = fullSql(project, name, inputs);
  const columns = await queryText(
    client,
    `select name from system.columns where database = 'marts' and table = {name:String} order by position`,
    { name },
  );
  const list = columns.trim().split('\n').map(quoteIdentifier).join(', ');
  const kept = `select ${list} from marts.${quoteIdentifier(name)}`;
  // Which rows differ takes twice as long to find as whether any do.
  const sum = (rows: string) => `(select (count(), sum(cityHash64(toString(tuple(${list}))))) from (${rows}))`;
  if ((await queryText(client, `select ${sum(kept)} = ${sum(`select ${list} from (${full})`)}`)) === '1\n') return '';
  return queryText(
    client,
    `select side, ${list} from (
       select 'kept' as side, ${list} from ((${kept}) except all (select ${list} from (${full})))
       union all
       select 'full' as side, ${list} from ((select ${list} from (${full})) except all (${kept}))
     ) order by all limit 20`,
  );
}

/** A model's SQL over the replicas, through every model that it reads. */
export function fullSql(project: Project, name: string, inputs: 'computed' | 'kept'): string {
  const model = project.byName.get(name);
  if (model === undefined) throw new Error(`no model ${name}`);
  return model.compile({
    source: (source, table) =>
      `(select * except (_version, _deleted) from raw.${quoteIdentifier(`${source}__${table}`)} final)`,
    ref: (ref) =>
      inputs === 'kept' && project.byName.get(ref)?.materialized !== 'view'
        ? `marts.${quoteIdentifier(ref)}`
        : `(${fullSql(project, ref, inputs)})`,
  });
}
