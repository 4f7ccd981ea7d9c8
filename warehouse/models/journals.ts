import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from '../../runtime/logger.ts';
import { feedJournal, markJournaled, readFed, readJournaled } from '../load/journal/journal-table.ts';
import { besideName } from '../load/replicas/rebuild.ts';
import type { ReplicaShape } from './maintain/read-replicas.ts';
import type { Plan } from './plan.ts';

const POLL_MS = 20;

/**
 * From now on the changes of every source table that a plan reads are kept for the models, also of those that none has read before.
 * What was written until this resolves is in the replica, what is written from then on is in the journal as well. Answers false where
 * that cannot be begun yet, because a table is being built anew: its rows move from one table to another.
 */
export async function keepJournals(
  client: ClickHouseClient,
  options: { plan: Plan; replicas: ReadonlyMap<string, ReplicaShape>; logger: Logger; signal: AbortSignal },
): Promise<boolean> {
  const { plan, replicas, logger, signal } = options;
  const read = [...plan.sources].flatMap(([name, { source }]) => {
    const shape = replicas.get(name);
    return shape === undefined
      ? []
      : [{ source, replica: shape.replica, columns: shape.columns.map((each) => each.name) }];
  });
  const journaled = await readJournaled(
    client,
    read.map(({ replica }) => replica),
  );
  const missing = read.filter(({ replica }) => !journaled.has(replica));
  const names = missing.map(({ replica }) => replica);
  if (missing.length === 0) return true;
  if (await areBuilt(client, names)) return false;
  for (const each of missing) await feedJournal(client, each);
  await untilWritten(client, names, signal);
  // A table that was built anew meanwhile has lost its feed.
  if ((await areBuilt(client, names)) || (await readFed(client, names)).size < names.length) return false;
  for (const replica of names) await markJournaled(client, replica);
  logger.info({ tables: names }, 'changes of more source tables are kept for the models');
  return true;
}

async function areBuilt(client: ClickHouseClient, replicas: readonly string[]): Promise<boolean> {
  const result = await client.query({
    query: "select 1 from system.tables where database = 'raw' and name in {names:Array(String)} limit 1",
    query_params: { names: replicas.map(besideName) },
    format: 'JSONEachRow',
  });
  return (await result.json()).length > 0;
}

/** Until every insert into these replicas that is under way now is over: it may not know of the journal. */
async function untilWritten(client: ClickHouseClient, replicas: readonly string[], signal: AbortSignal): Promise<void> {
  const underWay = async () => {
    const result = await client.query({
      query: `
        select query_id from system.processes
        where query_kind = 'Insert' and arrayExists(name -> position(query, name) > 0, {names:Array(String)})`,
      query_params: { names: replicas },
      format: 'JSONEachRow',
    });
    return (await result.json<{ query_id: string }>()).map(({ query_id: id }) => id);
  };
  let waited = await underWay();
  while (waited.length > 0) {
    await sleep(POLL_MS, undefined, { signal });
    const still = new Set(await underWay());
    waited = waited.filter((id) => still.has(id));
  }
}
