import type { ErrorDefinition } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import type { TableBook } from '../snapshot/snapshot-book.ts';
import type { PublishedTable } from './catalog.ts';

/**
 * Whether a published table that passed the filter is captured; null when it is, else why not. A table is captured
 * as a whole or not at all: what is excluded here gets no rows from the stream either.
 */
export function exclusionOf(
  table: Pick<PublishedTable, 'oid' | 'membership' | 'isReadable'>,
  book: TableBook | undefined,
): ErrorDefinition | null {
  if (book === undefined) return table.isReadable ? null : INGEST_ERRORS.tableNotReadable;
  const isSame = book.oid === table.oid && book.membership === table.membership && !book.left;
  return isSame ? null : INGEST_ERRORS.tableRecreated;
}
