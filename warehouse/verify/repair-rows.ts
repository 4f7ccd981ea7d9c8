import type { ClickHouseClient } from '@clickhouse/client';
import { quoteString } from '../clickhouse/quote.ts';
import { hasKeyOf, JOURNAL } from '../load/journal/journal-table.ts';
import { requestRepair } from '../models/repair-requests.ts';
import { type ComparedReplica, namesOf } from './compared-replica.ts';
import type { Differing } from './describe-differences.ts';
import type { LookFloors } from './judge-row.ts';
import type { ScratchTable } from './scratch-table.ts';

/**
 * Makes rows of a replica those that the source was just seen to have. They get the version of a snapshot's rows: the
 * position below which the look has everything, ordinal 0. Whatever has been changed from there on wins, whenever it comes.
 */
export async function repairRows(options: {
  client: ClickHouseClient;
  replica: ComparedReplica;
  differing: readonly Differing[];
  /** Rows of the source under those keys, and the keys. */
  rows: ScratchTable;
  keys: ScratchTable;
  /** Of the look; `settled` is known, or nothing would differ. */
  floors: LookFloors;
}): Promise<void> {
  const { client, replica, differing, rows, keys, floors } = options;
  if (floors.settled === null) throw new Error('repaired at an unknown position');
  const key = namesOf(replica.key);
  const version = floors.settled.toString();
  const ahead = differing.flatMap(({ kind, newestVersion }) => (kind === 'ahead' ? (newestVersion ?? []) : []));
  if (ahead.length > 0) await removeAhead(client, replica, keys, ahead);
  const columns = namesOf(replica.columns);
  const asked = `(${key}) in (select ${key} from ${keys.name})`;
  await client.command({
    query: `
      insert into ${replica.from} (${columns}, _version, _deleted)
      select ${columns}, {version:UInt128}, 0
      from ${rows.name}
      where ${asked}`,
    query_params: { version },
  });
  await removeRows(
    client,
    replica,
    `from ${keys.name} where (${key}) not in (select ${key} from ${rows.name})`,
    version,
  );
  // A truncation that came meanwhile has marked what it found; what came behind it, and is older, is gone as well.
  const truncated = await truncation(client, replica);
  if (truncated > floors.settled) await removeRows(client, replica, `from ${keys.name}`, truncated.toString());
  if (!replica.isJournaled) return;
  await requestRepair(client, { replica: replica.name, keys: differing.map((each) => each.key), version });
}

async function removeRows(
  client: ClickHouseClient,
  replica: ComparedReplica,
  keys: string,
  version: string,
): Promise<void> {
  const key = namesOf(replica.key);
  await client.command({
    query: `insert into ${replica.from} (${key}, _version, _deleted) select ${key}, {version:UInt128}, 1 ${keys}`,
    query_params: { version },
  });
}

/**
 * Changes to come would lose against such rows, and so would ours: they cannot stay. Just those that were seen: by now the
 * source may have come as far.
 */
async function removeAhead(
  client: ClickHouseClient,
  replica: ComparedReplica,
  keys: ScratchTable,
  versions: readonly bigint[],
): Promise<void> {
  const key = namesOf(replica.key);
  const ofVersions = 'has({versions:Array(String)}, toString(_version))';
  const remove = (table: string, condition: string): Promise<unknown> =>
    client.command({
      query: `alter table ${table} delete where ${ofVersions} and ${condition}`,
      query_params: { versions: versions.map(String) },
      clickhouse_settings: { mutations_sync: '1' },
    });
  await remove(replica.from, `(${key}) in (select ${key} from ${keys.name})`);
  if (!replica.isJournaled) return;
  await remove(JOURNAL, `replica = ${quoteString(replica.name)} and ${hasKeyOf(replica.key, keys.name)}`);
}

async function truncation(client: ClickHouseClient, replica: ComparedReplica): Promise<bigint> {
  const result = await client.query({
    query: 'select toString(max(version)) as version from millrace.truncations where replica = {replica:String}',
    query_params: { replica: replica.name },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ version: string }>();
  return BigInt(row?.version ?? 0);
}
