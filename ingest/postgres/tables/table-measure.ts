import type { CatalogConnection } from '../connection/catalog-connection.ts';
import { isLocked } from '../connection/lock-wait.ts';
import type { PublishedTable } from './catalog.ts';

/** What Postgres tells of a table only to whoever may open it. */
export interface TableMeasure {
  /** Of the largest partition where the table is partitioned. */
  readonly blocks: number;
  /** Of all partitions, with their out-of-line storage. */
  readonly bytes: number;
  /** Condition of the publication, as SQL; null for none. */
  readonly rowFilter: string | null;
}

export type MeasuredTable = PublishedTable & TableMeasure;

const SIZES = `
select t.oid::float8 as oid,
  coalesce(max(pg_relation_size(l.oid)), 0)::float8 / current_setting('block_size')::int8 as blocks,
  coalesce(sum(pg_relation_size(l.oid) + case when l.reltoastrelid = 0 then 0 else pg_relation_size(l.reltoastrelid) end), 0)::float8 as bytes
from jsonb_to_recordset($1::jsonb) as t(oid int8, leaves int8[])
left join pg_class l on l.oid = any(t.leaves::oid[])
group by t.oid`;

const FILTERS = `
select r.prrelid::int8::float8 as oid, pg_get_expr(r.prqual, r.prrelid) as filter
from pg_publication_rel r
join pg_publication p on p.oid = r.prpubid
where p.pubname = $1 and r.prrelid = any($2::oid[])`;

/** The tables with what has to be known to copy them; without those that are locked now. */
export async function measureTables(
  control: CatalogConnection,
  publication: string,
  tables: readonly PublishedTable[],
): Promise<MeasuredTable[]> {
  try {
    return await measure(control, publication, tables);
  } catch (error) {
    if (!isLocked(error)) throw error;
    if (tables.length === 1) return [];
  }
  const measured: MeasuredTable[] = [];
  for (const table of tables) measured.push(...(await measureTables(control, publication, [table])));
  return measured;
}

async function measure(
  control: CatalogConnection,
  publication: string,
  tables: readonly PublishedTable[],
): Promise<MeasuredTable[]> {
  if (tables.length === 0) return [];
  const asked = JSON.stringify(tables.map(({ oid, leaves }) => ({ oid, leaves })));
  const sizes = await control.queryUnlocked<{ oid: number; blocks: number; bytes: number }>(SIZES, [asked]);
  const filtered = tables.filter(({ rowFilterMark }) => rowFilterMark !== null).map(({ oid }) => oid);
  const filters = await readRowFilters(control, publication, filtered);
  const byOid = new Map(sizes.rows.map((row) => [row.oid, row]));
  return tables.map((table) => {
    const { blocks = 0, bytes = 0 } = byOid.get(table.oid) ?? {};
    return { ...table, blocks, bytes, rowFilter: filters.get(table.oid) ?? null };
  });
}

/** Row filters of these tables, by OID. Of tables that have one: Postgres 14, which knows none, is not asked. */
export async function readRowFilters(
  control: CatalogConnection,
  publication: string,
  oids: readonly number[],
): Promise<Map<number, string>> {
  if (oids.length === 0) return new Map();
  const { rows } = await control.queryUnlocked<{ oid: number; filter: string }>(FILTERS, [publication, oids]);
  return new Map(rows.map(({ oid, filter }) => [oid, filter]));
}
