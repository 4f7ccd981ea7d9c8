import type { ClickHouseClient } from '@clickhouse/client';
import { failpoint } from '../../../runtime/failpoint.ts';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { type ModelTable, measuresOf, qualifiedStoreTable } from './model-table.ts';

/** Batches per partition of a cube (see model-table.ts). */
const BATCHES_PER_PARTITION = 1000n;

/**
 * Sums the differences of finished batches up, so that reading a cube costs its cells, not its history. The folded rows
 * are written beside what they stand for; one row in `millrace.folds` makes readers at a later watermark use them;
 * what an earlier fold stood for is removed one fold later, when no reader can be in the middle of it.
 */
export async function foldCubes(options: {
  client: ClickHouseClient;
  cubes: Iterable<ModelTable>;
  /** The published watermark. */
  horizon: string;
  aborted: readonly string[];
  /** Ids of tables. */
  stopped: ReadonlySet<string>;
}): Promise<void> {
  const { client, cubes, aborted, stopped } = options;
  const horizon = (BigInt(options.horizon) / BATCHES_PER_PARTITION) * BATCHES_PER_PARTITION;
  for (const cube of cubes) {
    if (stopped.has(cube.name)) continue;
    const former = await readHorizon(client, cube);
    if (horizon <= former) continue;
    await dropBelow(client, cube, former);
    await writeFold({ client, cube, former, horizon, aborted });
    failpoint('models.fold-written');
    await client.insert({
      table: 'millrace.folds',
      values: [{ store_table: cube.name, horizon: horizon.toString() }],
      format: 'JSONEachRow',
    });
    failpoint('models.fold-recorded');
  }
}

async function readHorizon(client: ClickHouseClient, cube: ModelTable): Promise<bigint> {
  const result = await client.query({
    query: 'select toString(max(horizon)) as horizon from millrace.folds where store_table = {name:String}',
    query_params: { name: cube.name },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ horizon: string }>();
  return BigInt(row?.horizon ?? 0);
}

async function writeFold(options: {
  client: ClickHouseClient;
  cube: ModelTable;
  former: bigint;
  horizon: bigint;
  aborted: readonly string[];
}): Promise<void> {
  const { client, cube, former, horizon, aborted } = options;
  const table = qualifiedStoreTable(cube);
  const key = cube.model.uniqueKey.map(quoteIdentifier).join(', ');
  const measures = measuresOf(cube).map((measure) => quoteIdentifier(measure.name));
  // Left over from a fold that did not get as far as its row in millrace.folds.
  await dropPartition(client, cube, true, horizon / BATCHES_PER_PARTITION);
  await client.command({
    query: `
      insert into ${table} (${key}, ${measures.join(', ')}, _batch, _folded)
      select ${key}, ${measures.map((measure) => `sum(t.${measure}) as ${measure}`).join(', ')}, ${horizon}, true
      from ${table} as t
      where ((_folded and _batch = ${former}) or (not _folded and _batch >= ${former} and _batch < ${horizon}))
        ${aborted.length === 0 ? '' : `and _batch not in (${aborted.join(', ')})`}
      group by ${key}
      having not (${measures.map((measure) => `${measure} = 0`).join(' and ')})`,
  });
}

/** Removes what the fold at `former` stands for, and older folds. */
async function dropBelow(client: ClickHouseClient, cube: ModelTable, former: bigint): Promise<void> {
  const result = await client.query({
    query: `
      select distinct partition
      from system.parts
      where database = 'store' and table = {name:String} and active`,
    query_params: { name: cube.name },
    format: 'JSONEachRow',
  });
  for (const { partition } of await result.json<{ partition: string }>()) {
    const match = /^\((true|false|1|0),(\d+)\)$/.exec(partition);
    if (match === null || BigInt(match[2] as string) >= former / BATCHES_PER_PARTITION) continue;
    await client.command({ query: `alter table ${qualifiedStoreTable(cube)} drop partition ${partition}` });
  }
}

async function dropPartition(
  client: ClickHouseClient,
  cube: ModelTable,
  folded: boolean,
  number: bigint,
): Promise<void> {
  await client.command({ query: `alter table ${qualifiedStoreTable(cube)} drop partition (${folded}, ${number})` });
}
