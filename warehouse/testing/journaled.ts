import { quoteIdentifier, quoteString } from '../clickhouse/quote.ts';
import { fieldOf, JOURNAL } from '../load/journal/journal-table.ts';

/** SQL of a replica's changes in the journal: `_version`, `_deleted`, and columns as the texts that they are there; one that a row lacks is empty. */
export function journaled(replica: string, columns: readonly string[]): string {
  const fields = columns.map((name) => `${fieldOf(name)} as ${quoteIdentifier(name)}`);
  return `(select _version, _deleted, ${fields.join(', ')} from ${JOURNAL} where replica = ${quoteString(replica)})`;
}
