import type { Column, ColumnDataType, Relation } from '../../../changelog/change.ts';
import type { CatalogQueries } from '../connection/catalog-connection.ts';
import type { ShapeColumn, TableShape } from '../snapshot/snapshot-book.ts';
import type { RelationMessage } from '../stream/relation-message.ts';
import type { Partition } from './partition-change.ts';
import { EVERY_TABLE_SQL, KEY_SQL, PUBLISHED_COLUMNS_SQL, PUBLISHED_SQL } from './published-sql.ts';
import { withRowId } from './row-id.ts';

/** A table of the publication, as the catalog has it now. */
export interface PublishedTable {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  /** `pg_publication_rel.oid` where the table is listed by name: another one means that it left and came back. */
  readonly membership: number;
  readonly isPartitioned: boolean;
  /** The role may select all published columns. */
  readonly isReadable: boolean;
  /** It has out-of-line storage: updates may leave values out. */
  readonly hasToast: boolean;
  /** Null without a condition of the publication on its rows; else another text for each (`measureTables` has the SQL). */
  readonly rowFilterMark: string | null;
  /** Names of the key's columns in the key's order; empty without a key among the published columns. */
  readonly key: readonly string[];
  readonly columns: readonly Column[];
  /** Changes when rows may have moved for another reason than a change: storage rewritten, partitions attached. */
  readonly storage: string;
  /** OIDs of what holds its rows: its partitions, or the table itself. */
  readonly leaves: readonly number[];
  /** What is remembered of it, to notice what no message says. */
  readonly shape: TableShape;
}

interface TableRow {
  oid: number;
  schema: string;
  table: string;
  membership: number;
  is_partitioned: boolean;
  is_readable: boolean;
  has_toast: boolean;
  row_filter_mark: string | null;
  key: string[];
  columns: { name: string; type: number; modifier: number; number: number; xmin: string; missing: boolean }[];
  attributes: number;
  dropped: number[];
  storage: string;
  partitions: Partition[] | null;
  leaves: number[];
}

// Of one moment, the statement's snapshot: `pg_relation_filenode()` knows of commits after it, and a rewrite that is seen
// before the columns it came with looks like a mere VACUUM FULL. Nothing here waits for a table's lock.
const tablesSql = (publishedSql: string): string => `
with recursive ${publishedSql}
select c.oid::int8::float8 as oid,
  n.nspname as schema,
  c.relname as table,
  coalesce(p.membership, 0) as membership,
  c.relkind = 'p' as is_partitioned,
  has_schema_privilege(n.oid, 'usage') and not row_security_active(c.oid) and coalesce((
    select bool_and(has_column_privilege(c.oid, name, 'select')) from unnest(t.attnames) name), true) as is_readable,
  exists(select from pg_class l where l.oid = any(t.leaves) and l.reltoastrelid <> 0) as has_toast,
  p.filter as row_filter_mark,
  ${KEY_SQL} as key,
  coalesce((
    select json_agg(json_build_object('name', a.attname, 'type', a.atttypid::int8, 'modifier', a.atttypmod,
      'number', a.attnum, 'xmin', a.xmin::text, 'missing', a.atthasmissing) order by a.attnum)
    from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname = any(t.attnames)), '[]') as columns,
  c.relnatts::int as attributes,
  coalesce((
    select json_agg(a.attnum order by a.attnum)
    from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and a.attisdropped), '[]') as dropped,
  t.leaves::int8[]::float8[] as leaves,
  (select string_agg(l.relfilenode::text, ',' order by l.oid) from pg_class l where l.oid = any(t.leaves)) as storage,
  case when c.relkind = 'p' then coalesce((
    select json_agg(json_build_object('oid', pc.oid::int8, 'storage', nullif(pc.relfilenode, 0)::text,
      'attachedBy', i.xmin::text, 'madeBy', a.xmin::text) order by pc.oid)
    from below b
    join pg_class pc on pc.oid = b.oid
    join pg_inherits i on i.inhrelid = pc.oid
    join pg_attribute a on a.attrelid = pc.oid and a.attname = 'tableoid'
    where b.top = c.oid), '[]') end as partitions
from published p
join pg_class c on c.oid = p.oid
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select ${PUBLISHED_COLUMNS_SQL} as attnames,
    coalesce(nullif(array(
      select l.oid from below b join pg_class l on l.oid = b.oid where b.top = c.oid and l.relkind <> 'p'), '{}'), array[c.oid]) as leaves) t
where $2::oid is null or c.oid = $2::oid
order by 2, 3`;

const TABLES = tablesSql(PUBLISHED_SQL);
const EVERY_TABLE = tablesSql(EVERY_TABLE_SQL);

/** Tables of a publication, or only the one with `oid`. */
export function describeTables(
  client: CatalogQueries,
  publication: string,
  oid: number | null = null,
): Promise<PublishedTable[]> {
  return tablesOf(client, TABLES, [publication, oid]);
}

/** Tables of these schemas as if a publication had each of them, without generated columns. */
export function describeEveryTable(client: CatalogQueries, schemas: readonly string[]): Promise<PublishedTable[]> {
  return tablesOf(client, EVERY_TABLE, [schemas, null]);
}

async function tablesOf(client: CatalogQueries, sql: string, values: readonly unknown[]): Promise<PublishedTable[]> {
  const { rows } = await client.query<TableRow>(sql, values);
  const types = await describeTypes(
    client,
    rows.flatMap((row) => row.columns.map((column) => column.type)),
  );
  return rows.map((row) => ({
    oid: row.oid,
    schema: row.schema,
    table: row.table,
    membership: row.membership,
    isPartitioned: row.is_partitioned,
    isReadable: row.is_readable,
    hasToast: row.has_toast,
    rowFilterMark: row.row_filter_mark,
    key: row.key,
    columns: row.columns.map((column) => columnOf(column.name, column.type, column.modifier, types)),
    storage: row.storage ?? '',
    leaves: row.leaves,
    shape: {
      columns: row.columns.map(shapeColumn),
      key: row.key,
      storage: row.storage ?? '',
      attributes: row.attributes,
      dropped: row.dropped,
      ...(row.partitions === null ? {} : { partitions: row.partitions }),
    },
  }));
}

function shapeColumn({ name, number, type, modifier, xmin, missing }: TableRow['columns'][number]): ShapeColumn {
  return { name, number, typeOid: type, typeModifier: modifier, xmin, hasMissing: missing };
}

interface TypeRow {
  asked: number;
  oid: number;
  modifier: number;
  name: string;
  kind: string;
  /** OID and delimiter of the element's type where this is a true array; int2vector and the like are none. */
  element: number | null;
  delimiter: string;
}

// A domain's own modifier is in pg_type.typtypmod of the domain that stands directly over the base type.
const TYPES = `
with recursive walk as (
  select t.oid as asked, t.oid, t.typtype, t.typbasetype, -1 as modifier, t.typtypmod
  from pg_type t
  where t.oid = any($1::oid[])
  union all
  select w.asked, b.oid, b.typtype, b.typbasetype, greatest(w.modifier, w.typtypmod), b.typtypmod
  from walk w
  join pg_type b on b.oid = w.typbasetype
  where w.typtype = 'd')
select w.asked::int8::float8 as asked, w.oid::int8::float8 as oid, w.modifier, format_type(w.oid, null) as name,
  w.typtype::text as kind, e.oid::int8::float8 as element, coalesce(e.typdelim, ',')::text as delimiter
from walk w
left join pg_type e on e.typarray = w.oid
where w.typtype <> 'd'`;

type TypeCatalog = ReadonlyMap<number, TypeRow>;

/** Describes types by OID, and those of their elements. A type that was dropped since is not in the answer. */
async function describeTypes(client: CatalogQueries, oids: readonly number[]): Promise<TypeCatalog> {
  const types = new Map<number, TypeRow>();
  let wanted = [...new Set(oids)];
  while (wanted.length > 0) {
    const { rows } = await client.query<TypeRow>(TYPES, [wanted]);
    for (const row of rows) types.set(row.asked, row);
    wanted = [...new Set(rows.flatMap(({ element }) => element ?? []))].filter((oid) => !types.has(oid));
  }
  return types;
}

function columnOf(name: string, typeOid: number, typeModifier: number, types: TypeCatalog): Column {
  const type = types.get(typeOid);
  if (type === undefined) return { name, typeOid, typeModifier, typeName: 'unknown', typeKind: 'b' }; // Dropped since.
  const column = { name, ...dataTypeOf(type, typeOid, typeModifier) };
  const element = type.element === null ? undefined : types.get(type.element);
  if (element === undefined) return column;
  const { delimiter } = type;
  return { ...column, element: { ...dataTypeOf(element, type.element as number, column.typeModifier), delimiter } };
}

/** A domain has a modifier of its own, or none; any other type has the one of whoever uses it. */
function dataTypeOf(type: TypeRow, askedOid: number, modifier: number): ColumnDataType {
  return {
    typeOid: type.oid,
    typeModifier: type.oid === askedOid ? modifier : type.modifier,
    typeName: type.name,
    typeKind: type.kind,
  };
}

/** The relation that COPY of all published columns yields, with what tells its rows apart where it has no key. */
export function relationOfTable(source: string, table: PublishedTable): Relation {
  return withRowId({
    oid: table.oid,
    source,
    schema: table.schema,
    table: table.table,
    columns: table.columns,
    keyColumns: indexesOf(table.key, table.columns) ?? [],
  });
}

/**
 * The relation that a message describes: columns as they were then, types and the key's order as the catalog has them
 * now. Where the key's names are other ones by now, the message's own key flags are the key; without any the rows have
 * an id of their own.
 */
export async function relationOfMessage(
  client: CatalogQueries,
  source: string,
  message: RelationMessage,
  key: readonly string[],
): Promise<Relation> {
  const types = await describeTypes(
    client,
    message.columns.map((column) => column.typeOid),
  );
  const flagged = message.columns.flatMap((column, index) =>
    column.isKey && message.replicaIdentity !== 'f' ? index : [],
  );
  const columns = message.columns.map((column) => columnOf(column.name, column.typeOid, column.typeModifier, types));
  return withRowId({
    oid: message.oid,
    source,
    schema: message.schema,
    table: message.table,
    columns,
    keyColumns: (key.length > 0 ? indexesOf(key, columns) : null) ?? flagged,
  });
}

function indexesOf(names: readonly string[], columns: readonly Column[]): number[] | null {
  const indexes = names.map((name) => columns.findIndex((column) => column.name === name));
  return indexes.includes(-1) ? null : indexes;
}

/** Equal for relations whose rows read alike. */
export function shapeOf(relation: Relation): string {
  const { oid, schema, table, columns, keyColumns } = relation;
  return JSON.stringify([oid, schema, table, columns.map((c) => Object.values(c)), keyColumns]);
}

// Partitions come through their root; what is not logged cannot be published.
const UNPUBLISHED = `
with recursive ${PUBLISHED_SQL},
above as (
  select i.inhparent as oid from published p join pg_inherits i on i.inhrelid = p.oid
  union
  select i.inhparent from above a join pg_inherits i on i.inhrelid = a.oid)
select n.nspname as schema, c.relname as table
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any($2::text[]) and c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition
  and not exists(select from published p where p.oid = c.oid)
  and not (c.relkind = 'p' and exists(select from above a where a.oid = c.oid))
order by 1, 2`;

/** Tables of these schemas that a publication does not have. */
export async function unpublishedTables(
  client: CatalogQueries,
  options: { publication: string; schemas: readonly string[] },
): Promise<{ schema: string; table: string }[]> {
  const { publication, schemas } = options;
  const { rows } = await client.query<{ schema: string; table: string }>(UNPUBLISHED, [publication, schemas]);
  return rows;
}
