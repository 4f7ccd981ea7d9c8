import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../../changelog/change.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import { insertLines } from '../../clickhouse/insert-lines.ts';
import { columnList, INTO_JOURNAL, journalRow } from '../journal/journal-table.ts';
import type { JournalWriter } from '../journal/journal-writer.ts';
import { wantedColumns } from './replica-columns.ts';

/** Rows of the stream into a replica, and into the journal where models read the table. */
export interface JournaledInsert {
  /** Into the replica, then what it took in into the journal. */
  streamed(lines: Buffer): Promise<void>;
  /**
   * Into the journal first: once the replica has a later version of a row, its values cannot be filled in again. Where the replica
   * refuses a row, the removal of the same version counts.
   */
  filled(lines: Buffer): Promise<void>;
  /** Into the journal alone: at this version, what `from` selects of the replica is gone. */
  removed(version: bigint, from: string): Promise<void>;
}

/** Of changes on their way to the journal. */
const MAX_HELD_BYTES = 8 << 20;

export function createJournaledInsert(options: {
  client: ClickHouseClient;
  /** Table in `raw`. */
  replica: string;
  relation: Relation;
  /** The replica with its columns, as an insert names it. */
  target: string;
  journal: JournalWriter;
  /** Asked at each insert: models may have begun to read the table. */
  isJournaled: () => boolean;
}): JournaledInsert {
  const { client, replica, relation, target, journal, isJournaled } = options;
  const { source } = relation;
  const columns = columnList(wantedColumns(relation).map(({ name }) => name));

  function add(lines: Buffer): void {
    if (isJournaled()) journal.add({ source, replica, columns, lines });
  }

  return {
    async streamed(lines) {
      if (journal.heldBytes > MAX_HELD_BYTES) await journal.flush();
      await insertLines({ client, target, lines });
      failpoint('warehouse.replica-written');
      add(lines);
    },
    async filled(lines) {
      add(lines);
      await journal.flush();
      failpoint('warehouse.changes-written');
      await insertLines({ client, target, lines });
    },
    async removed(version, from) {
      if (!isJournaled()) return;
      const keyNames = relation.keyColumns.map((i) => relation.columns[i]?.name as string);
      const removal = { source, replica, columns: keyNames, version: '{version:UInt128}', deleted: '1' };
      await client.command({
        query: `${INTO_JOURNAL} select ${journalRow(removal)} ${from}`,
        query_params: { version: version.toString() },
      });
    },
  };
}
