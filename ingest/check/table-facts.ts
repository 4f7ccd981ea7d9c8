import type { CatalogConnection } from '../postgres/connection/catalog-connection.ts';

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

const TABLES = `
with published as (
  select n.oid as schema_oid, p.schemaname, p.tablename,
    to_jsonb(p) ->> 'rowfilter' as rowfilter,
    case when to_jsonb(p) ? 'attnames' then array(select jsonb_array_elements_text(coalesce(nullif(to_jsonb(p) -> 'attnames', 'null'), '[]'))) end as attnames
  from pg_publication_tables p
  join pg_namespace n on n.nspname = p.schemaname
  where p.pubname = $1)
select n.nspname as schema,
  c.relname as table,
  c.relkind = 'p' as "isPartitioned",
  (select rn.nspname || '.' || rc.relname from pg_class rc join pg_namespace rn on rn.oid = rc.relnamespace
    where rc.oid = pg_partition_root(c.oid) and rc.oid <> c.oid) as root,
  c.relpersistence = 'u' as "isUnlogged",
  p.tablename is not null as "isPublished",
  p.tablename is not null or exists(
    select from pg_partition_ancestors(c.oid) a
    join pg_class ac on ac.oid = a.relid
    join published ap on ap.schema_oid = ac.relnamespace and ap.tablename = ac.relname) as "isCovered",
  p.rowfilter as "rowFilter",
  has_schema_privilege(n.oid, 'usage') as "mayUseSchema",
  not exists(
    select from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and (p.attnames is null or a.attname = any(p.attnames))
      and not has_column_privilege(c.oid, a.attnum, 'select')) as "maySelect",
  row_security_active(c.oid) as "isRowSecurityActive",
  c.relreplident::text as "replicaIdentity",
  exists(select from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indisvalid and i.indimmediate) as "hasPrimaryKey",
  exists(select from pg_index i where i.indrelid = c.oid and i.indisreplident and i.indisvalid) as "hasIdentityIndex",
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
    where l.oid = any(coalesce(nullif(array(select relid::oid from pg_partition_tree(c.oid)), '{}'), array[c.oid]))
      and l.reltoastrelid <> 0 and pg_relation_size(l.reltoastrelid) > 0) as "hasToast",
  coalesce((
    select json_agg(json_build_object(
      'name', a.attname,
      'type', format_type(a.atttypid, a.atttypmod),
      'isNumeric', a.atttypid in ('numeric'::regtype, 'numeric[]'::regtype),
      'precision', case when a.atttypid in ('numeric'::regtype, 'numeric[]'::regtype) and a.atttypmod >= 0
        then ((a.atttypmod - 4) >> 16) & 65535 end,
      'generated', a.attgenerated,
      'isPublished', case
        when p.tablename is null then null
        when p.attnames is null then a.attgenerated = ''
        else a.attname = any(p.attnames) end) order by a.attnum)
    from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join published p on p.schemaname = n.nspname and p.tablename = c.relname
where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname = any($2)
order by 1, 2`;

/** Every table of the schemas, whatever the publication has of them. */
export async function readTableFacts(
  connection: CatalogConnection,
  options: { readonly publication: string; readonly schemas: readonly string[] },
): Promise<TableFacts[]> {
  const { rows } = await connection.query<TableFacts>(TABLES, [options.publication, options.schemas]);
  return rows;
}

/** The schemas of the list that exist. */
export async function readSchemas(connection: CatalogConnection, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await connection.query<{ name: string }>(
    'select nspname::text as name from pg_namespace where nspname = any($1)',
    [schemas],
  );
  return rows.map(({ name }) => name);
}
