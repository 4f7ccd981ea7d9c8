import type { CatalogConnection } from '../postgres/connection/catalog-connection.ts';
import { isLocked } from '../postgres/connection/lock-wait.ts';
import { KEY_SQL, PUBLISHED_COLUMNS_SQL, PUBLISHED_SQL } from '../postgres/tables/published-sql.ts';
import { readRowFilters } from '../postgres/tables/table-measure.ts';

/** A table of the source's schemas, published or not. */
export interface TableFacts {
  readonly schema: string;
  readonly table: string;
  readonly isPartitioned: boolean;
  /** `schema.table` of the table that it is a partition of, all the way up; null when it is none. */
  readonly root: string | null;
  readonly isUnlogged: boolean;
  readonly isPublished: boolean;
  /** Itself, or through its root. */
  readonly isCovered: boolean;
  readonly rowFilter: string | null;
  readonly mayUseSchema: boolean;
  /** All columns that are published (or would be) can be selected. */
  readonly maySelect: boolean;
  readonly isRowSecurityActive: boolean;
  /** As `pg_class.relreplident`: d(efault), n(othing), f(ull), i(ndex). */
  readonly replicaIdentity: string;
  /** There is a primary key that may serve as an identity. */
  readonly hasPrimaryKey: boolean;
  readonly hasIdentityIndex: boolean;
  /** Columns of the key that rows have downstream, as capture takes it; empty without one among the published columns. */
  readonly key: readonly string[];
  /** A unique index over columns that are never null, which could be the identity. */
  readonly candidateIndex: string | null;
  /** Out-of-line values exist. */
  readonly hasToast: boolean;
  readonly columns: readonly ColumnFacts[];
}

export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  /** For numeric: null when it has no precision. */
  readonly precision: number | null;
  readonly isNumeric: boolean;
  /** '' for none, s(tored), v(irtual). */
  readonly generated: string;
  /** Null when the table is not published. */
  readonly isPublished: boolean | null;
}

// Waits for no table's lock (published-sql.ts says what would).
const TABLES = `
with recursive ${PUBLISHED_SQL}
select n.nspname as schema,
  c.relname as table,
  c.relkind = 'p' as "isPartitioned",
  (select rn.nspname || '.' || rc.relname from pg_class rc join pg_namespace rn on rn.oid = rc.relnamespace
    where rc.oid = pg_partition_root(c.oid) and rc.oid <> c.oid) as root,
  c.relpersistence = 'u' as "isUnlogged",
  c.oid::int8::float8 as oid,
  p.oid is not null as "isPublished",
  p.oid is not null or exists(
    select from pg_partition_ancestors(c.oid) a
    join published ap on ap.oid = a.relid) as "isCovered",
  p.filter is not null as "hasRowFilter",
  has_schema_privilege(n.oid, 'usage') as "mayUseSchema",
  not exists(
    select from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and (p.oid is null or a.attname = any(t.attnames))
      and not has_column_privilege(c.oid, a.attnum, 'select')) as "maySelect",
  row_security_active(c.oid) as "isRowSecurityActive",
  c.relreplident::text as "replicaIdentity",
  exists(select from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indisvalid and i.indimmediate) as "hasPrimaryKey",
  exists(select from pg_index i where i.indrelid = c.oid and i.indisreplident and i.indisvalid) as "hasIdentityIndex",
  ${KEY_SQL} as key,
  (select ic.relname
    from pg_index i
    join pg_class ic on ic.oid = i.indexrelid
    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
      and not exists(
        select from unnest(i.indkey) with ordinality k(attnum, position)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
        where k.position <= i.indnkeyatts and not a.attnotnull)
    order by i.indnkeyatts, ic.relname
    limit 1) as "candidateIndex",
  exists(
    select from pg_class l
    where (l.oid = c.oid or l.oid in (select b.oid from below b where b.top = c.oid)) and l.reltoastrelid <> 0
      and case
        when exists(select from pg_locks k where k.relation = l.reltoastrelid and k.mode = 'AccessExclusiveLock') then true
        else pg_relation_size(l.reltoastrelid) > 0 end) as "hasToast",
  coalesce((
    select json_agg(json_build_object(
      'name', a.attname,
      'type', format_type(a.atttypid, a.atttypmod),
      'isNumeric', a.atttypid in ('numeric'::regtype, 'numeric[]'::regtype),
      'precision', case when a.atttypid in ('numeric'::regtype, 'numeric[]'::regtype) and a.atttypmod >= 0
        then ((a.atttypmod - 4) >> 16) & 65535 end,
      'generated', a.attgenerated,
      'isPublished', case
        when p.oid is null then null
        else a.attname = any(t.attnames) end) order by a.attnum)
    from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join published p on p.oid = c.oid
cross join lateral (select ${PUBLISHED_COLUMNS_SQL} as attnames) t
where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname = any($2)
order by 1, 2`;

/** Every table of the schemas, whatever the publication has of them. */
export async function readTableFacts(
  connection: CatalogConnection,
  options: { readonly publication: string; readonly schemas: readonly string[] },
): Promise<TableFacts[]> {
  type Row = Omit<TableFacts, 'rowFilter'> & { readonly oid: number; readonly hasRowFilter: boolean };
  const { rows } = await connection.query<Row>(TABLES, [options.publication, options.schemas]);
  const filtered = rows.filter(({ hasRowFilter }) => hasRowFilter).map(({ oid }) => oid);
  const filters = await readRowFilters(connection, options.publication, filtered).catch((error) => {
    if (isLocked(error)) return new Map<number, string>();
    throw error;
  });
  return rows.map(({ oid, hasRowFilter, ...facts }) => ({
    ...facts,
    rowFilter: hasRowFilter ? (filters.get(oid) ?? 'a condition that cannot be read while its table is locked') : null,
  }));
}

/** The schemas of the list that exist. */
export async function readSchemas(connection: CatalogConnection, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await connection.query<{ name: string }>(
    'select nspname::text as name from pg_namespace where nspname = any($1)',
    [schemas],
  );
  return rows.map(({ name }) => name);
}
