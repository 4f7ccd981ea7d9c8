import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../../changelog/change.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { LOAD_ERRORS } from '../errors.ts';
import { endFeed, markJournaled, readJournaled } from '../journal/journal-table.ts';
import { createSharedInsert } from '../positions/shared-insert.ts';
import { claimReplica, ensureReplica } from './replica.ts';

/**
 * Whose streamed changes are kept for the models as well: of every table, of none, or of these (`source.table`).
 */
export type Journal = boolean | ReadonlySet<string>;

export function hasJournal(journal: Journal, source: string, table: string): boolean {
  return typeof journal === 'boolean' ? journal : journal.has(`${source}.${table}`);
}

export interface ReplicaRegistry {
  /** Makes the relation's replica ready and answers its name in `raw`. */
  ensure(relation: Relation): Promise<string>;
  /**
   * Resolves when the table's name in `raw` is certain: another process may prepare a table of the same name in another
   * schema at the same time.
   */
  claim(relation: Relation): Promise<string>;
  /** Name of the relation's replica in `raw`, whether it is there or not. */
  nameOf(relation: Relation): string;
  /** Whether changes of this replica (its name in `raw`) have to be written to the journal by whoever loads it. */
  isJournaled(replica: string): boolean;
  /** Finds out whether they have to be, from now on: before its first row, and when it was built anew. */
  ensureJournal(relation: Relation): Promise<void>;
  /** The replica is in the relation's shape now, whatever it was before. */
  replaced(relation: Relation): Promise<void>;
  /** Reads again what other processes have recorded. */
  refresh(): Promise<void>;
}

interface ReplicaRow {
  replica: string;
  schema: string;
  table: string;
  key: string[];
  sequence: string;
}

/** Knows which replica stands for which table of a source: `<service>__<table>`, with the schema where names clash. */
export async function createReplicaRegistry(options: {
  client: ClickHouseClient;
  source: string;
  journal: Journal;
}): Promise<ReplicaRegistry> {
  const { client, source, journal } = options;
  const known = new Map<string, ReplicaRow>();
  /** Names that tables got which are being prepared side by side. */
  const taken = new Map<string, Pick<ReplicaRow, 'schema' | 'table'>>();
  const journaled = new Set<string>();
  await refresh();
  const insertRow = createSharedInsert<ReplicaRow & { source: string }>(async (rows) => {
    await client.insert({ table: 'millrace.replicas', values: rows, format: 'JSONEachRow' });
  });

  async function refresh(): Promise<void> {
    const result = await client.query({
      query:
        'select replica, schema, table, key, toString(sequence) as sequence from millrace.replicas final where source = {source:String}',
      query_params: { source },
      format: 'JSONEachRow',
    });
    for (const row of await result.json<ReplicaRow>()) {
      known.set(row.replica, row);
      taken.set(row.replica, row);
    }
  }

  async function claim(relation: Relation): Promise<string> {
    for (;;) {
      const name = nameFor(relation);
      taken.set(name, relation);
      const owner = known.has(name) ? null : await claimReplica(client, name, relation);
      if (owner === null) return name;
      taken.set(name, owner);
    }
  }

  function nameFor(relation: Relation): string {
    const candidates = [`${source}__${relation.table}`, `${source}__${relation.schema}__${relation.table}`];
    for (const name of candidates) {
      const holder = taken.get(name);
      if (holder === undefined || (holder.schema === relation.schema && holder.table === relation.table)) return name;
    }
    throw new TableFailure(
      LOAD_ERRORS.replicaNameClash,
      `${relation.schema}.${relation.table} of ${source}: ${candidates.join(' and ')} are taken`,
    );
  }

  const keyOf = (relation: Relation) => relation.keyColumns.map((i) => relation.columns[i]?.name as string);

  async function ensureJournal(relation: Relation): Promise<void> {
    const name = nameFor(relation);
    const isMarked = (await readJournaled(client, [name])).has(name);
    // Models that read it may have come later than this process.
    if (!isMarked && !hasJournal(journal, source, relation.table)) return;
    if (!isMarked) await markJournaled(client, name);
    // Before the feed goes: what is written by both does no harm.
    journaled.add(name);
    await endFeed(client, name);
  }

  async function record(name: string, relation: Relation): Promise<void> {
    const sequence = (BigInt(known.get(name)?.sequence ?? 0) + 1n).toString();
    const { schema, table } = relation;
    const row = { replica: name, source, schema, table, key: keyOf(relation), sequence };
    await insertRow(row);
    known.set(name, row);
    taken.set(name, row);
  }

  return {
    nameOf: nameFor,
    claim,
    refresh,
    isJournaled: (replica) => journaled.has(replica),
    ensureJournal,
    replaced: (relation) => record(nameFor(relation), relation),
    async ensure(relation) {
      const name = await claim(relation);
      const key = keyOf(relation);
      const former = known.get(name);
      if (former !== undefined && former.key.join('\0') !== key.join('\0')) {
        const detail = `the key of raw.${name} was (${former.key}), now it is (${key})`;
        throw new TableFailure(LOAD_ERRORS.unsafeSchemaChange, detail, { isMendedByResync: true });
      }
      await ensureReplica({ client, name, relation });
      await ensureJournal(relation);
      if (former === undefined) await record(name, relation);
      return name;
    },
  };
}
