import type { ClickHouseClient } from '@clickhouse/client';
import type { SourceMoment, SourceRows, SourceTable } from '../../changelog/source-rows.ts';
import { versionFloor } from '../../changelog/version.ts';
import { insertLines } from '../clickhouse/insert-lines.ts';
import { type ComparedReplica, hashOf, keyTexts, namesOf } from './compared-replica.ts';
import { type Judgement, judgeRow, type LookFloors, type SeenRow } from './judge-row.ts';
import { positionReached } from './position-reached.ts';
import { type ScratchTable, scratchSink } from './scratch-table.ts';
import type { SettledFence } from './settled-fence.ts';

/** Texts of a key's columns. */
export type Key = readonly string[];

export interface Look {
  readonly moment: SourceMoment;
  readonly floors: LookFloors;
  readonly judged: readonly {
    readonly key: Key;
    readonly judgement: Judgement;
    readonly newestVersion: bigint | null;
  }[];
}

/**
 * Reads the rows of some keys from the source, waits until the replica has what the source had then, reads the replica,
 * and judges. The source's rows stay in `rows`, the keys in `keys`.
 */
export async function lookAtKeys(options: {
  client: ClickHouseClient;
  source: SourceRows;
  table: SourceTable;
  replica: ComparedReplica;
  keys: readonly Key[];
  scratch: { readonly rows: ScratchTable; readonly keys: ScratchTable };
  fence: SettledFence;
  signal: AbortSignal;
}): Promise<Look> {
  const { client, source, table, replica, keys, scratch, fence, signal } = options;
  await fillKeys(client, replica, scratch.keys, keys);
  await scratch.rows.empty();
  const { relation } = table;
  const sink = scratchSink({ client, relation, replica, into: scratch.rows, content: 'rows', only: scratch.keys });
  const moment = await source.look(table, table.isAskedByKey ? keys : null, sink);
  await sink.done();
  const epoch = await positionReached({ client, source: relation.source, lsn: moment.afterLsn, signal });
  const settledLsn = fence.observe(moment);
  const momentFloor = versionFloor(epoch, moment.afterLsn);
  const seen = await readSeen(client, replica, scratch, momentFloor);
  const floors = {
    settled: settledLsn === null ? null : versionFloor(epoch, settledLsn),
    moment: momentFloor,
    end: versionFloor(epoch, await source.endLsn()),
  };
  const judged = seen.map(({ key, row }) => ({
    key,
    judgement: judgeRow(row, floors),
    newestVersion: row.newestVersion,
  }));
  return { moment, floors, judged };
}

export async function fillKeys(
  client: ClickHouseClient,
  replica: ComparedReplica,
  table: ScratchTable,
  keys: readonly Key[],
): Promise<void> {
  await table.empty();
  const lines = keys.map((key) => `${key.map(escaped).join('\t')}\n`).join('');
  await insertLines({ client, target: `${table.name} (${namesOf(replica.key)})`, lines: Buffer.from(lines, 'utf8') });
}

/** A text as TabSeparated has it. */
function escaped(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] as string);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

async function readSeen(
  client: ClickHouseClient,
  replica: ComparedReplica,
  scratch: { readonly rows: ScratchTable; readonly keys: ScratchTable },
  momentFloor: bigint,
): Promise<{ readonly key: Key; readonly row: SeenRow }[]> {
  const key = namesOf(replica.key);
  const asked = `(${key}) in (select ${key} from ${scratch.keys.name})`;
  const hash = hashOf(replica);
  const part = (side: number, from: string, hashed: string): string =>
    `select ${key}, ${side} as _verify_side, ${hashed} as _verify_hash from ${from}`;
  const rows = await client.query({
    query: `
      select ${keyTexts(replica)} as _verify_key,
        groupArrayIf(1)(toString(_verify_hash), _verify_side = 1) as _verify_source,
        groupArrayIf(1)(toString(_verify_hash), _verify_side = 2) as _verify_live
      from (
        ${part(0, scratch.keys.name, 'toUInt128(0)')}
        union all
        ${part(1, scratch.rows.name, hash)}
        union all
        ${part(2, `${replica.from} final`, hash)} where ${asked}
      )
      group by ${key}
      having countIf(_verify_side = 0) > 0`,
    format: 'JSONCompactEachRow',
  });
  const seen = await rows.json<[Key, string[], string[]]>();
  // Behind the first query, so that nothing of a row is newer there than here.
  const versions = await client.query({
    query: `
      select ${keyTexts(replica)} as _verify_key, toString(max(_version)) as _verify_newest,
        arrayFilter(x -> x != '', [if(countIf(_version < {floor:UInt128}) = 0, '',
          argMaxIf(if(_deleted = 1, '', toString(${hash})), _version, _version < {floor:UInt128}))]) as _verify_at
      from ${replica.from}
      where ${asked}
      group by ${key}`,
    query_params: { floor: momentFloor.toString() },
    format: 'JSONCompactEachRow',
  });
  const byKey = new Map(
    (await versions.json<[Key, string, string[]]>()).map((line) => [JSON.stringify(line[0]), line]),
  );
  return seen.map(([key, [source = null], [live = null]]) => {
    const [, newest, [atMoment = null] = []] = byKey.get(JSON.stringify(key)) ?? [];
    return { key, row: { source, live, newestVersion: newest === undefined ? null : BigInt(newest), atMoment } };
  });
}
