import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../changelog/change.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { LOAD_ERRORS } from './errors.ts';
import { ensureReplica } from './replica.ts';

/**
 * Whose streamed changes are kept for the models as well: of every table, of none, or of these (`source.table`). A
 * journal doubles the parts that an insert writes, so tables that no model reads should have none.
 */
export type Journal = boolean | ReadonlySet<string>;

export interface ReplicaRegistry {
  /** Makes the relation's replica ready and answers its name in `raw`. */
  ensure(relation: Relation): Promise<string>;
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
  const result = await client.query({
    query:
      'select replica, schema, table, key, toString(sequence) as sequence from millrace.replicas final where source = {source:String}',
    query_params: { source },
    format: 'JSONEachRow',
  });
  const known = new Map((await result.json<ReplicaRow>()).map((row) => [row.replica, row]));

  function nameFor(relation: Relation): string {
    const candidates = [`${source}__${relation.table}`, `${source}__${relation.schema}__${relation.table}`];
    for (const name of candidates) {
      const holder = known.get(name);
      if (holder === undefined || (holder.schema === relation.schema && holder.table === relation.table)) return name;
    }
    throw new MillraceError(
      LOAD_ERRORS.replicaNameClash,
      `${relation.schema}.${relation.table} of ${source}: ${candidates.join(' and ')} are taken`,
    );
  }

  return {
    async ensure(relation) {
      const name = nameFor(relation);
      const key = relation.keyColumns.map((i) => relation.columns[i]?.name as string);
      const former = known.get(name);
      if (former !== undefined && former.key.join('\0') !== key.join('\0')) {
        throw new MillraceError(
          LOAD_ERRORS.unsafeSchemaChange,
          `the key of raw.${name} was (${former.key}), now it is (${key})`,
        );
      }
      const journaled = typeof journal === 'boolean' ? journal : journal.has(`${source}.${relation.table}`);
      await ensureReplica({ client, name, relation, journal: journaled });
      if (former === undefined) {
        const row = { replica: name, source, schema: relation.schema, table: relation.table, key, sequence: '1' };
        await client.insert({ table: 'millrace.replicas', values: [row], format: 'JSONEachRow' });
        known.set(name, row);
      }
      return name;
    },
  };
}
