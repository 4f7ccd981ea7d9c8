import { quoteIdentifier, quoteLiteral, quoteTable } from '../identifiers.ts';
import type { MeasuredTable } from '../tables/table-measure.ts';

type Source = Pick<MeasuredTable, 'schema' | 'table' | 'columns' | 'key' | 'isPartitioned' | 'rowFilter'>;

/** What a copied row without a key is told apart by: where it lies, which nothing but a rewrite of its table changes. */
const ROW_ID_SQL = 'tableoid::text || ctid::text';

/**
 * Rows of the blocks [from, to); of each partition where the table is partitioned. `snapshot`: only of the transactions
 * that had committed in it (pg_snapshot text).
 */
export function copyBlocksSql(
  table: Source,
  [from, to]: readonly [number, number],
  snapshot: string | null = null,
): string {
  const blocks = `ctid >= '(${from},0)'::tid and ctid < '(${to},0)'::tid`;
  return copySql(table, snapshot === null ? blocks : `${blocks} and ${isVisibleSql(snapshot)}`);
}

/**
 * Whether a row's transaction had committed in the snapshot. `xmin` has the lower 32 bits only, and keeps them when its
 * row is frozen, however old that is: what lies between the snapshot and now is taken for recent, all else for older.
 */
function isVisibleSql(snapshot: string): string {
  const oldest = snapshot.slice(0, snapshot.indexOf(':'));
  const since = `((xmin::text::int8 - ${oldest}) & 4294967295)`;
  const now = '(select pg_snapshot_xmax(pg_current_snapshot()))::text::int8';
  return `(${since} >= ${now} - ${oldest} or pg_visible_in_snapshot((${since} + ${oldest})::text::xid8, ${quoteLiteral(snapshot)}))`;
}

/**
 * Rows written since transaction `xmax`, wherever they are now. An update may move a row from a block that is still
 * to be read into one that was read already; the stream has that update, but not the out-of-line values that it left
 * alone. One statement sees each row once, so together with the chunks none of them is missing.
 */
export function copyMovedSql(table: Source, xmax: string): string {
  return copySql(table, `age(xmin) <= age('${BigInt(xmax) & 0xffffffffn}'::xid)`);
}

function copySql(table: Source, condition: string): string {
  // Children by inheritance are tables of the publication themselves; partitions come through their root.
  const from = `${table.isPartitioned ? '' : 'only '}${quoteTable(table)}`;
  const filter = table.rowFilter === null ? '' : ` and (${table.rowFilter})`;
  const columns = table.columns.map((column) => quoteIdentifier(column.name));
  if (table.key.length === 0) columns.push(ROW_ID_SQL);
  return `copy (select ${columns.join(', ')} from ${from} where ${condition}${filter}) to stdout`;
}

/**
 * Whether a table (its partitions: the OIDs $1) has anything out of line at all. Asked when every block was read: an update
 * before that can have left a value out only where there is one.
 */
export const HAS_OUT_OF_LINE_SQL = `
select exists(
  select from pg_class c
  where c.oid = any($1::oid[]) and c.reltoastrelid <> 0 and pg_relation_size(c.reltoastrelid) > 0) as found`;
