import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../../changelog/change.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { endFeed, voidChanges } from '../journal/journal-table.ts';
import { createReplica, readColumns } from './replica.ts';
import { journalDifference } from './replica-difference.ts';
import type { ReplicaRegistry } from './replica-registry.ts';

/** Name in `raw` of the table that is built beside a replica; after the exchange it holds the old one, until dropped. */
export function besideName(replica: string): string {
  return `${replica}__rebuild`;
}

export interface RebuildOptions {
  readonly client: ClickHouseClient;
  readonly registry: ReplicaRegistry;
  readonly relation: Relation;
  /** Goes with the table's metadata through an exchange: tells which of the two is the new one after a crash. */
  readonly buildId: string;
}

/** `building`: the table beside is there. `exchanged`: it has the replica's name already (before a crash). */
export type BuildStep = 'building' | 'exchanged';

/** Creates the table beside, or finds the one of an earlier run. */
export async function beginBuild(options: RebuildOptions): Promise<BuildStep> {
  const { client, registry, relation, buildId } = options;
  const name = await registry.claim(relation);
  const beside = besideName(name);
  const mark = markOf(buildId);
  const tables = await readTables(client, [name, beside]);
  if (tables.get(name)?.comment.endsWith(mark)) return 'exchanged';
  if (!tables.has(name)) await registry.ensure(relation);
  if (!tables.get(beside)?.comment.endsWith(mark)) {
    await client.command({ query: `drop table if exists raw.${quoteIdentifier(beside)} sync` });
    await createReplica({ client, name: beside, relation, mark });
    failpoint('warehouse.build-begun');
  }
  return 'building';
}

/**
 * Puts the table beside in the replica's place, if it is this build's. Nothing may be written to either meanwhile. Answers
 * whether the replica's shape is (or may be) another one now. Each step may be done again after a crash behind it.
 */
export async function exchangeBuild(
  options: RebuildOptions & { floor: string },
): Promise<{ exchanged: boolean; shapeChanged: boolean }> {
  const { client, registry, relation, floor } = options;
  const name = registry.nameOf(relation);
  const beside = besideName(name);
  // A crash may have come between the replica and that.
  await registry.ensureJournal(relation);
  const found = await readTables(client, [name, beside]);
  const known = await readColumns(client, [name, beside]);
  const isOtherShape =
    !isSameShape(known.of(name), known.of(beside)) || found.get(name)?.key !== found.get(beside)?.key;
  const mark = markOf(options.buildId);
  let shapeChanged = true;
  if (!found.get(name)?.comment.endsWith(mark)) {
    // Nothing is there to be exchanged: another build has begun in its place, or has had it.
    if (!found.get(beside)?.comment.endsWith(mark)) return { exchanged: false, shapeChanged: false };
    shapeChanged = isOtherShape;
    if (registry.isJournaled(name) && !isOtherShape) {
      const key = relation.keyColumns.map((i) => relation.columns[i]?.name as string);
      const tables = { source: relation.source, from: name, to: beside };
      await journalDifference({ client, ...tables, key, columns: [...known.of(beside).keys()], version: floor });
      failpoint('warehouse.difference-journaled');
    }
    // It stands on the table that goes.
    await endFeed(client, name);
    await client.command({
      query: `exchange tables raw.${quoteIdentifier(name)} and raw.${quoteIdentifier(beside)}`,
    });
    failpoint('warehouse.tables-exchanged');
  }
  await registry.replaced(relation);
  failpoint('warehouse.replica-recorded');
  // The models are built anew from the replica: what is still to come for them must not be of the old shape. The old table is beside
  // until this is over, also after a crash.
  if (isOtherShape && found.has(beside) && registry.isJournaled(name))
    await voidChanges(client, { source: relation.source, replica: name });
  return { exchanged: true, shapeChanged };
}

/** After the exchange: the old table goes, and so do the rejected rows that the new one stands for. */
export async function finishBuild(options: RebuildOptions & { firstVersion: bigint }): Promise<void> {
  const { client, registry, relation, firstVersion } = options;
  const name = registry.nameOf(relation);
  await client.insert({
    table: 'millrace.rejected_cleared',
    values: [{ replica: name, version: firstVersion.toString() }],
    format: 'JSONEachRow',
  });
  failpoint('warehouse.rejections-cleared');
  await client.command({ query: `drop table if exists raw.${quoteIdentifier(besideName(name))} sync` });
  failpoint('warehouse.build-finished');
}

/** Whether the table in `raw` holds rows, superseded ones included, with a lower version. */
export async function hasRowsBelow(client: ClickHouseClient, name: string, version: bigint): Promise<boolean> {
  const result = await client.query({
    query: `select 1 as found from raw.${quoteIdentifier(name)} where _version < {version:UInt128} limit 1`,
    query_params: { version: version.toString() },
    format: 'JSONEachRow',
  });
  return (await result.json()).length > 0;
}

function markOf(buildId: string): string {
  return `built anew: ${buildId}`;
}

function isSameShape(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return JSON.stringify([...a]) === JSON.stringify([...b]);
}

/** Comment and key of tables in `raw`, by name. */
async function readTables(
  client: ClickHouseClient,
  names: readonly string[],
): Promise<Map<string, { comment: string; key: string }>> {
  const result = await client.query({
    query: `
      select name, comment, sorting_key as key
      from system.tables
      where database = 'raw' and name in {names:Array(String)}`,
    query_params: { names },
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ name: string; comment: string; key: string }>();
  return new Map(rows.map((row) => [row.name, row]));
}
