import type { Column, Relation } from '../../changelog/change.ts';
import type { CatalogQueries } from '../postgres/connection/catalog-connection.ts';
import { quoteIdentifier, quoteTable } from '../postgres/identifiers.ts';
import type { MeasuredTable } from '../postgres/tables/table-measure.ts';

/**
 * Rows of a table by its key: $1, $2, ... are the texts of the key's columns, one array each. `relation` is the table's own,
 * with nothing left out.
 */
export function rowsByKeySql(
  table: Pick<MeasuredTable, 'isPartitioned' | 'rowFilter'>,
  relation: Relation,
  equality: Equality,
): string {
  const key = relation.keyColumns.map((i) => relation.columns[i] as Column);
  const columns = relation.columns.map(({ name }) => `t.${quoteIdentifier(name)}`).join(', ');
  const asked = key.map((_column, n) => `$${n + 1}::text[]`).join(', ');
  const names = key.map((_column, n) => `k${n}`).join(', ');
  const equal = key.map((column, n) => {
    const operator = equality.get(column.typeOid) ?? '=';
    return `t.${quoteIdentifier(column.name)} ${operator} ${typedValue(column, `k.k${n}`)}`;
  });
  // The filter names columns without a table: those of the subquery.
  const from = `${table.isPartitioned ? '' : 'only '}${quoteTable(relation)}`;
  const filtered = table.rowFilter === null ? from : `(select * from ${from} where ${table.rowFilter})`;
  return `select ${columns} from unnest(${asked}) as k(${names}) join ${filtered} as t on ${equal.join(' and ')}`;
}

/** By their SQL names some types have a length of 1, and would cut the value. */
const WITHOUT_LENGTH: ReadonlyMap<number, string> = new Map([
  [1042, 'pg_catalog.bpchar'],
  [1560, 'pg_catalog."bit"'],
]);

const REGCLASS_OID = 2205;

/** The value that a text stands for. */
function typedValue({ typeOid, typeName }: Column, text: string): string {
  const cast = `${text}::${WITHOUT_LENGTH.get(typeOid) ?? typeName}`;
  if (typeOid !== REGCLASS_OID) return cast;
  // For none it prints a dash, and for one that is gone its number: the cast reads neither.
  return `case when ${text} = '-' then 0::oid::regclass when ${text} ~ '^[0-9]+$' then ${text}::oid::regclass else ${cast} end`;
}

/** Operators by the OID of their type, for those that `=` does not find: types of extensions, outside of the search path. */
export type Equality = ReadonlyMap<number, string>;

const EQUALITY_SQL = `
select c.opcintype::int8::float8 as type, n.nspname as schema, o.oprname as name
from pg_opclass c
join pg_am m on m.oid = c.opcmethod and m.amname = 'btree'
join pg_amop p on p.amopfamily = c.opcfamily and p.amopstrategy = 3
  and p.amoplefttype = c.opcintype and p.amoprighttype = c.opcintype
join pg_operator o on o.oid = p.amopopr
join pg_namespace n on n.oid = o.oprnamespace
where c.opcdefault and c.opcintype = any($1::oid[])`;

/** What the index of a key takes for equal. */
export async function readEquality(client: CatalogQueries, { columns, keyColumns }: Relation): Promise<Equality> {
  const types = keyColumns.map((i) => columns[i]?.typeOid);
  const { rows } = await client.query<{ type: number; schema: string; name: string }>(EQUALITY_SQL, [types]);
  return new Map(rows.map(({ type, schema, name }) => [type, `operator(${quoteIdentifier(schema)}.${name})`]));
}
