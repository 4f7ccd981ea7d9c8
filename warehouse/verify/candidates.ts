import type { ClickHouseClient } from '@clickhouse/client';
import { type ComparedReplica, hashOf, keyTexts, namesOf } from './compared-replica.ts';
import type { Key } from './look.ts';
import { HASH_COLUMN, type ScratchTable } from './scratch-table.ts';

/** Rows compared in one pass: their keys and hashes are held in the warehouse's memory. */
const ROWS_PER_PASS = 2_000_000;

/**
 * Keys whose rows in the replica are not those that the source was found to have: what differs, and what changed while
 * the source was read. `hashes` has key and hash of every row of the source, those that moved in it twice.
 */
export async function* candidateKeys(options: {
  client: ClickHouseClient;
  replica: ComparedReplica;
  hashes: ScratchTable;
  /** At most so many rows on either side. */
  rows: number;
}): AsyncGenerator<Key[]> {
  const { client, replica, hashes, rows } = options;
  const key = namesOf(replica.key);
  const passes = Math.max(1, Math.ceil(rows / ROWS_PER_PASS));
  for (let pass = 0; pass < passes; pass++) {
    const part = passes === 1 ? '1' : `sipHash64(${key}) % ${passes} = ${pass}`;
    const result = await client.query({
      query: `
        select ${keyTexts(replica)} as _verify_key
        from (
          select ${key}, ${HASH_COLUMN} as _verify_row, 1 as _verify_side from ${hashes.name} where ${part}
          union all
          select ${key}, ${hashOf(replica)} as _verify_row, 0 as _verify_side from ${replica.from} final where ${part}
        )
        group by ${key}
        having countIf(_verify_side = 0) != 1 or countIf(_verify_side = 1) = 0 or uniqExact(_verify_row) != 1`,
      format: 'JSONCompactEachRow',
    });
    for await (const lines of result.stream()) {
      yield (lines as { json(): unknown }[]).map((line) => (line.json() as [string[]])[0]);
    }
  }
}

/** Keys under which something has a version at or above the floor: ahead of all that the source has committed. */
export async function keysAhead(client: ClickHouseClient, replica: ComparedReplica, floor: bigint): Promise<Key[]> {
  const result = await client.query({
    query: `
      select distinct ${keyTexts(replica)} as _verify_key
      from ${replica.from}
      where _version >= {floor:UInt128}`,
    query_params: { floor: floor.toString() },
    format: 'JSONCompactEachRow',
  });
  return (await result.json<[string[]]>()).map(([key]) => key);
}

export async function countRows(client: ClickHouseClient, replica: ComparedReplica): Promise<number> {
  const result = await client.query({
    query: `select toString(count()) as rows from ${replica.from} final`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ rows: string }>();
  return Number(row?.rows ?? 0);
}
