import { quoteIdentifier, quoteTable } from '../identifiers.ts';
import type { PublishedTable } from '../tables/catalog.ts';

type Source = Pick<PublishedTable, 'schema' | 'table' | 'columns' | 'isPartitioned' | 'rowFilter'>;

/** Rows of the blocks [from, to); of each partition where the table is partitioned. */
export function copyBlocksSql(table: Source, [from, to]: readonly [number, number]): string {
  return copySql(table, `ctid >= '(${from},0)'::tid and ctid < '(${to},0)'::tid`);
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
  const columns = table.columns.map((column) => quoteIdentifier(column.name)).join(', ');
  return `copy (select ${columns} from ${from} where ${condition}${filter}) to stdout`;
}

/**
 * Whether table $1 or one of its partitions has anything out of line at all. Asked when every block was read: an update
 * before that can have left a value out only where there is one.
 */
export const HAS_OUT_OF_LINE_SQL = `
select exists(
  select from pg_class c
  where c.oid = any(coalesce(nullif(array(select relid::oid from pg_partition_tree($1::oid) where isleaf), '{}'), array[$1::oid]))
    and c.reltoastrelid <> 0 and pg_relation_size(c.reltoastrelid) > 0) as found`;
