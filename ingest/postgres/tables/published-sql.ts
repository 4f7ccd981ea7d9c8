/**
 * What the publication $1 has, as the view pg_publication_tables says it, without what makes that wait: the view, and
 * pg_partition_tree() with it, open every table, and one that is locked (`alter table`, VACUUM FULL, CLUSTER in a long
 * transaction) would keep all others waiting. These read catalogs alone.
 *
 * For behind `with recursive`. `below`: `oid` is a partition of `top`, a partitioned table that the publication names, at
 * any depth. `published`: `oid`, `membership` (pg_publication_rel.oid, null without one), `numbers` (JSON array of column
 * numbers; null for all columns), `has_generated` (stored generated columns are among all), `filter` (null without a row
 * filter, else another text for each).
 *
 * Postgres 14 lacks schemas, column lists and filters: as JSON a column that is not there is absent, and of schemas their
 * entries in pg_depend tell.
 */
export const PUBLISHED_SQL = `
publication as (
  select p.oid, p.puballtables as is_all, p.pubviaroot as via_root, coalesce(to_jsonb(p) ->> 'pubgencols', 'n') = 's' as has_generated
  from pg_publication p
  where p.pubname = $1),
published_schemas as (
  select s.refobjid as oid
  from publication p
  join pg_depend d on d.refclassid = 'pg_publication'::regclass and d.refobjid = p.oid
  join pg_depend s on s.classid = d.classid and s.objid = d.objid and s.refclassid = 'pg_namespace'::regclass
  where d.classid = to_regclass('pg_catalog.pg_publication_namespace')),
named as (
  select c.oid, c.relkind, p.via_root
  from publication p
  cross join pg_class c
  where c.relkind in ('r', 'p') and c.relpersistence = 'p' and c.oid >= 16384 and (p.is_all
    or c.relnamespace in (select oid from published_schemas)
    or exists(select from pg_publication_rel r where r.prpubid = p.oid and r.prrelid = c.oid))),
below as (
  select n.oid as top, i.inhrelid as oid
  from named n
  join pg_inherits i on i.inhparent = n.oid
  where n.relkind = 'p' and not i.inhdetachpending
  union all
  select b.top, i.inhrelid
  from below b
  join pg_inherits i on i.inhparent = b.oid
  where not i.inhdetachpending),
published_oids as (
  select n.oid from named n where n.via_root and not exists(select from below b where b.oid = n.oid)
  union
  select n.oid from named n where not n.via_root and n.relkind = 'r'
  union
  select b.oid
  from below b
  join named n on n.oid = b.top
  join pg_class c on c.oid = b.oid
  where not n.via_root and c.relkind = 'r'),
published as (
  select o.oid, r.oid::int8::float8 as membership, p.has_generated,
    case when is_listed then nullif(to_jsonb(r) -> 'prattrs', 'null') end as numbers,
    case when is_listed then md5(to_jsonb(r) ->> 'prqual') end as filter
  from publication p
  cross join published_oids o
  join pg_class c on c.oid = o.oid
  left join pg_publication_rel r on r.prpubid = p.oid and r.prrelid = o.oid
  cross join lateral (select not p.is_all and c.relnamespace not in (select oid from published_schemas)) l(is_listed))`;

/** As `PUBLISHED_SQL`, where no publication says what is published: every table of the schemas $1, each partition by itself. */
export const EVERY_TABLE_SQL = `
below as (select null::oid as top, null::oid as oid where false),
published as (
  select c.oid, 0::float8 as membership, false as has_generated, null::jsonb as numbers, null::text as filter
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence = 'p' and n.nspname = any($1::text[]))`;

/** Names of a table's published columns, in the table's order, as an array: of `published p` and `pg_class c`. */
export const PUBLISHED_COLUMNS_SQL = `
array(
  select a.attname::text
  from pg_attribute a
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and case
      when p.numbers is null then a.attgenerated = '' or (a.attgenerated = 's' and p.has_generated)
      else p.numbers @> to_jsonb(a.attnum) end
  order by a.attnum)`;

/** Published columns of the replica identity or else of the primary key, of `c` (pg_class) with its columns `t.attnames`. */
export const KEY_SQL = `coalesce((
    select array_agg(a.attname::text order by k.position)
    from pg_index i
    cross join unnest(i.indkey) with ordinality k(attnum, position)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
    where i.indrelid = c.oid and i.indisvalid and k.position <= i.indnkeyatts
      and case when c.relreplident = 'i' then i.indisreplident else i.indisprimary end
    having bool_and(a.attname = any(t.attnames))), '{}')`;
