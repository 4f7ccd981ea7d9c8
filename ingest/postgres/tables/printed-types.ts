import type { CatalogQueries } from '../connection/catalog-connection.ts';

/**
 * What of the types decides how values that are stored print, beside the values: an enum's labels, and which attributes a
 * composite type has. Both are altered without a message, and rows that came before print otherwise from then on.
 */
export interface PrintedPart {
  /** `label <pg_enum.oid>`, or `attributes <pg_class.oid of the composite type>`. */
  readonly part: string;
  readonly text: string;
  /** Tables with a column that prints it: in arrays, domains, ranges and composite types too. */
  readonly tables: readonly number[];
}

/** By part, what was there when it was last looked at. */
export type PrintedTypes = Readonly<Record<string, string>>;

// A label has its xmin in it: one that was renamed to and fro prints as before, but rows that came in between do not.
const PARTS = `
with recursive uses as (
  select a.attrelid as table_oid, a.atttypid as type_oid
  from pg_attribute a
  where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped and a.atttypid >= 16384
  union
  select u.table_oid, of.type_oid
  from uses u
  join pg_type t on t.oid = u.type_oid
  cross join lateral (
    select t.typelem as type_oid
    union all
    select t.typbasetype
    union all
    select r.rngsubtype from pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)
    union all
    select a.atttypid from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) of
  where of.type_oid >= 16384)
select 'label ' || e.oid as part, e.enumlabel || ' ' || e.xmin as text,
  array_agg(u.table_oid::int8::float8) as tables
from uses u
join pg_enum e on e.enumtypid = u.type_oid
group by e.oid, e.enumlabel, e.xmin
union all
select 'attributes ' || t.typrelid, coalesce((
    select string_agg(a.attnum || ':' || a.atttypid, ',' order by a.attnum)
    from pg_attribute a
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), ''),
  array_agg(u.table_oid::int8::float8)
from uses u
join pg_type t on t.oid = u.type_oid
where t.typrelid <> 0
group by t.typrelid`;

/** The parts of the types that these tables use. */
export async function describePrintedTypes(client: CatalogQueries, tables: readonly number[]): Promise<PrintedPart[]> {
  if (tables.length === 0) return [];
  const { rows } = await client.query<{ part: string; text: string; tables: number[] }>(PARTS, [tables]);
  return rows;
}

/**
 * Compares with what was known. `altered`: tables whose rows print otherwise than they did; what is new alters none.
 * `types`: what to remember; null when that is known already.
 */
export function compareTypes(
  known: PrintedTypes,
  parts: readonly PrintedPart[],
): { readonly altered: ReadonlySet<number>; readonly types: PrintedTypes | null } {
  const altered = new Set<number>();
  const types: Record<string, string> = {};
  let isSame = parts.length === Object.keys(known).length;
  for (const { part, text, tables } of parts) {
    types[part] = text;
    const before = known[part];
    if (before === text) continue;
    isSame = false;
    if (before !== undefined) for (const table of tables) altered.add(table);
  }
  return { altered, types: isSame ? null : types };
}
