import type { CatalogConnection } from '../connection/catalog-connection.ts';
import { isLocked } from '../connection/lock-wait.ts';
import { quoteTable } from '../identifiers.ts';
import type { TableName } from './table-filter.ts';

/** A partition, or a partitioned table between the root and its leaves. */
export interface Partition {
  readonly oid: number;
  /** File node of a leaf; another one once it was truncated or rewritten. Null between root and leaves. */
  readonly storage: string | null;
  /** Transaction (xid) that made it a partition. */
  readonly attachedBy: string;
  /** Transaction (xid) that created the table. */
  readonly madeBy: string;
}

/**
 * Changes of the partitions of a table that is published through its root: rows come and go with them without a word in
 * the stream. `rows`: they did. `look`: these were created and made partitions by one transaction; rows that it wrote may
 * have come before they were. A leaf that was rewritten (VACUUM FULL) cannot be told from one that was truncated.
 */
export function partitionChange(
  known: readonly Partition[],
  now: readonly Partition[],
): { readonly rows: boolean; readonly look: readonly Partition[] } {
  const present = new Map(now.map((partition) => [partition.oid, partition]));
  const before = new Set(known.map(({ oid }) => oid));
  const isOther = known.some(({ oid, storage }) => present.get(oid)?.storage !== storage);
  const added = now.filter(({ oid }) => !before.has(oid));
  const rows = isOther || added.some(({ attachedBy, madeBy }) => attachedBy !== madeBy);
  return { rows, look: rows ? [] : added.filter(({ storage }) => storage !== null) };
}

/**
 * Whether rows came or went with partitions since `known`. Reads at most the first row of each partition; null when one
 * is locked, so that it cannot be said now.
 */
export async function arePartitionsOther(
  client: CatalogConnection,
  root: TableName,
  known: readonly Partition[],
  now: readonly Partition[],
): Promise<boolean | null> {
  const { rows, look } = partitionChange(known, now);
  if (rows || look.length === 0) return rows;
  try {
    const found = await client.queryUnlocked(
      `select from ${quoteTable(root)} t
       join unnest($1::text[], $2::text[]) as made(oid, xid) on made.oid = t.tableoid::text and made.xid = t.xmin::text
       where t.ctid = '(0,1)'
       limit 1`,
      [look.map(({ oid }) => String(oid)), look.map(({ attachedBy }) => attachedBy)],
    );
    return found.rows.length > 0;
  } catch (error) {
    if (!isLocked(error)) throw error;
    return null;
  }
}
