import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { failpoint } from '../../../../runtime/failpoint.ts';
import { quoteIdentifier } from '../../../clickhouse/quote.ts';
import { BATCHES_PER_PARTITION, type ModelTable, measuresOf, qualifiedStoreTable } from '../model-table.ts';
import { isCubeFoldDue } from './fold-decisions.ts';

const PER_PARTITION = BigInt(BATCHES_PER_PARTITION);

/**
 * Sums the differences of finished batches up, so that reading a cube costs its cells, not its history: up to the published
 * watermark, beside what they stand for. A reader at any watermark takes the last fold at or before it, so states between two
 * folds can still be read; what no state from `foldable` on needs is dropped.
 *
 * Each step may be done again, and late, by a runner that lost its lease: a fold of the same batches has the same rows, and they
 * come as a whole partition in one step.
 */
export async function foldCube(options: {
  client: ClickHouseClient;
  cube: ModelTable;
  /** The published watermark. */
  published: string;
  /** Nobody reads earlier watermarks. */
  foldable: string;
  aborted: readonly string[];
}): Promise<void> {
  const { client, cube, aborted, foldable } = options;
  const horizon = (BigInt(options.published) / PER_PARTITION) * PER_PARTITION;
  const { last: former, dropBelow } = await readFolds(client, cube, foldable);
  const parts = await readParts(client, cube);
  for (const { partition, number } of parts) {
    if (number >= dropBelow / PER_PARTITION) continue;
    await client.command({ query: `alter table ${qualifiedStoreTable(cube)} drop partition ${partition}` });
  }
  const rowsOf = (isFolded: boolean): number =>
    parts
      .filter((part) => part.isFolded === isFolded && part.number >= former / PER_PARTITION)
      .filter(({ number }) => isFolded || number < horizon / PER_PARTITION)
      .reduce((sum, { rows }) => sum + rows, 0);
  if (horizon <= former || !isCubeFoldDue({ base: rowsOf(true), differences: rowsOf(false) })) return;
  await writeFold({ client, cube, former, horizon, aborted });
  failpoint('models.fold-written');
  await client.insert({
    table: 'millrace.folds',
    values: [{ store_table: cube.name, horizon: horizon.toString() }],
    format: 'JSONEachRow',
  });
  failpoint('models.fold-recorded');
}

/** The last fold, and the one below which nothing is needed for reading at `foldable` or later. */
async function readFolds(
  client: ClickHouseClient,
  cube: ModelTable,
  foldable: string,
): Promise<{ last: bigint; dropBelow: bigint }> {
  const result = await client.query({
    query: `
      select toString(max(horizon)) as last, toString(maxIf(horizon, horizon <= {foldable:UInt64})) as below
      from millrace.folds
      where store_table = {name:String}`,
    query_params: { name: cube.name, foldable },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ last: string; below: string }>();
  return { last: BigInt(row?.last ?? 0), dropBelow: BigInt(row?.below ?? 0) };
}

interface CubePartition {
  /** As ClickHouse writes it. */
  readonly partition: string;
  readonly isFolded: boolean;
  readonly number: bigint;
  readonly rows: number;
}

async function readParts(client: ClickHouseClient, cube: ModelTable): Promise<CubePartition[]> {
  const result = await client.query({
    query: `
      select partition, toFloat64(sum(rows)) as rows
      from system.parts
      where database = 'store' and table = {name:String} and active
      group by partition`,
    query_params: { name: cube.name },
    format: 'JSONEachRow',
  });
  return (await result.json<{ partition: string; rows: number }>()).flatMap(({ partition, rows }) => {
    const match = /^\((true|false|1|0),(\d+)\)$/.exec(partition);
    if (match === null) return [];
    return [
      { partition, rows, isFolded: ['true', '1'].includes(match[1] as string), number: BigInt(match[2] as string) },
    ];
  });
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
  const beside = `store.${quoteIdentifier(`${cube.name}${FOLD_SUFFIX}${randomUUID().replaceAll('-', '')}`)}`;
  const key = cube.model.uniqueKey.map(quoteIdentifier).join(', ');
  const measures = measuresOf(cube).map((measure) => quoteIdentifier(measure.name));
  await client.command({ query: `create table ${beside} as ${table}` });
  try {
    await client.command({
      query: `
        insert into ${beside} (${key}, ${measures.join(', ')}, _batch, _folded)
        select ${key}, ${measures.map((measure) => `sum(t.${measure}) as ${measure}`).join(', ')}, ${horizon}, true
        from ${table} as t
        where ((_folded and _batch = ${former}) or (not _folded and _batch >= ${former} and _batch < ${horizon}))
          ${aborted.length === 0 ? '' : `and _batch not in (${aborted.join(', ')})`}
        group by ${key}
        having not (${measures.map((measure) => `${measure} = 0`).join(' and ')})`,
    });
    const partition = `(true, ${horizon / PER_PARTITION})`;
    // All cells may have come to nothing; the server refuses to replace a partition by none.
    const how = (await isEmpty(client, beside))
      ? `drop partition ${partition}`
      : `replace partition ${partition} from ${beside}`;
    await client.command({ query: `alter table ${table} ${how}` });
  } finally {
    await client.command({ query: `drop table if exists ${beside} sync` });
  }
}

async function isEmpty(client: ClickHouseClient, table: string): Promise<boolean> {
  const result = await client.query({ query: `select 1 from ${table} limit 1`, format: 'TabSeparated' });
  return (await result.text()) === '';
}

const FOLD_SUFFIX = '__fold_';

/** Tables of folds whose process died. */
export async function dropLeftoverFolds(client: ClickHouseClient): Promise<void> {
  const result = await client.query({
    query: `
      select name
      from system.tables
      where database = 'store' and position(name, {suffix:String}) > 0 and metadata_modification_time < now() - interval 1 day`,
    query_params: { suffix: FOLD_SUFFIX },
    format: 'JSONEachRow',
  });
  for (const { name } of await result.json<{ name: string }>()) {
    await client.command({ query: `drop table if exists store.${quoteIdentifier(name)}` });
  }
}
