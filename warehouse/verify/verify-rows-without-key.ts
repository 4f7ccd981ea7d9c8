import { formatLsn } from '../../changelog/lsn.ts';
import type { SourceMoment } from '../../changelog/source-rows.ts';
import { versionFloor } from '../../changelog/version.ts';
import { sleep } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { readAnswer, requestOfTable } from '../tables/table-requests.ts';
import { countRows } from './candidates.ts';
import { type ComparedReplica, hashOf } from './compared-replica.ts';
import { VERIFY_ERRORS } from './errors.ts';
import { positionReached } from './position-reached.ts';
import { type Example, MAX_EXAMPLES } from './result.ts';
import { createScratchTable, HASH_COLUMN, type ScratchTable, scratchSink } from './scratch-table.ts';
import { createSettledFence, type SettledFence } from './settled-fence.ts';
import type { Compared, VerifyTableOptions } from './verify-table.ts';

const MOST_LOOKS = 10;
const PAUSE_MS = 500;
const RESYNC_LIMIT_MS = 120_000;

interface WholeLook {
  readonly moment: SourceMoment;
  readonly isDecided: boolean;
  readonly rows: number;
  readonly rejected: number;
  readonly found: number;
  readonly differing: number;
  readonly examples: readonly Example[];
}

/**
 * Compares the rows of a table without a key: how often each one is there. Such a table has inserts and truncations only,
 * so that a version tells whether a row of the replica is older than the look at the source. What is put right is the whole
 * table, built anew beside its replica.
 */
export async function verifyRowsWithoutKey(
  options: VerifyTableOptions & { readonly replica: ComparedReplica },
): Promise<Compared> {
  const { client, replica, repair, source, signal } = options;
  const fence = createSettledFence();
  fence.observe(await source.moment());
  const hashes = await createScratchTable(client, replica, 'hashes');
  try {
    const first = await decided(options, hashes, fence);
    let left = first;
    if (repair && first.isDecided && first.differing > 0) {
      await resync(options);
      left = await decided(options, hashes, fence);
    }
    return {
      position: formatLsn(first.moment.afterLsn),
      rows: first.rows,
      found: first.found,
      rejected: first.rejected,
      differing: first.isDecided ? first.differing : 0,
      repaired: repair && left.isDecided && left.differing === 0 ? first.differing : 0,
      undecided: first.isDecided ? 0 : first.differing,
      examples: first.examples,
    };
  } finally {
    await hashes.drop();
    signal.throwIfAborted();
  }
}

async function decided(
  options: VerifyTableOptions & { readonly replica: ComparedReplica },
  hashes: ScratchTable,
  fence: SettledFence,
): Promise<WholeLook> {
  const { pace, signal } = options;
  for (let looks = 1; ; looks++) {
    const look = await pace.work(() => lookAtAll(options, hashes, fence));
    if (look.differing === 0 || look.isDecided || looks === MOST_LOOKS) return look;
    await sleep(PAUSE_MS, signal);
    signal.throwIfAborted();
  }
}

async function lookAtAll(
  options: VerifyTableOptions & { readonly replica: ComparedReplica },
  hashes: ScratchTable,
  fence: SettledFence,
): Promise<WholeLook> {
  const { client, source, table, replica, signal } = options;
  await hashes.empty();
  const sink = scratchSink({ client, relation: table.relation, replica, into: hashes, content: 'hashes' });
  const moment = await source.look(table, null, sink);
  const { rows, rejected } = await sink.done();
  const epoch = await positionReached({ client, source: table.relation.source, lsn: moment.afterLsn, signal });
  const settledLsn = fence.observe(moment);
  const settled = versionFloor(epoch, settledLsn ?? 0n);
  const result = await client.query({
    query: `
      select toString(_verify_row) as hash, toFloat64(sum(_verify_source)) as expected, toFloat64(sum(_verify_sure)) as sure,
        toFloat64(sum(_verify_all)) as found
      from (
        select ${HASH_COLUMN} as _verify_row, 1 as _verify_source, 0 as _verify_sure, 0 as _verify_all from ${hashes.name}
        union all
        select ${hashOf(replica)}, 0, _version < {settled:UInt128}, 1 from ${replica.from} final
      )
      group by _verify_row
      having expected < sure or expected > found`,
    query_params: { settled: settled.toString() },
    format: 'JSONEachRow',
  });
  const lines = await result.json<{ hash: string; expected: number; sure: number; found: number }>();
  return {
    moment,
    // A truncation that came around the moment has taken rows of which the source still had some.
    isDecided: settledLsn !== null && !(await hasRemovals(options, settled)),
    rows,
    rejected,
    found: await countRows(client, replica),
    differing: lines.reduce((sum, { expected, sure, found }) => sum + Math.max(sure - expected, expected - found), 0),
    examples: lines.slice(0, MAX_EXAMPLES).map(({ hash, expected, sure }) => ({
      key: { hash },
      kind: expected === 0 ? 'extra' : sure === 0 ? 'missing' : expected < sure ? 'doubled' : 'missing',
      columns: [],
    })),
  };
}

async function hasRemovals(
  { client, replica }: VerifyTableOptions & { readonly replica: ComparedReplica },
  floor: bigint,
): Promise<boolean> {
  const result = await client.query({
    query: `select count() > 0 as found from ${replica.from} where _deleted = 1 and _version >= {floor:UInt128}`,
    query_params: { floor: floor.toString() },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ found: number }>();
  return row?.found === 1;
}

/** Whoever captures the source builds it anew. Rejects with MR-VERIFY-011 where that takes too long. */
async function resync({ client, table, signal }: VerifyTableOptions): Promise<void> {
  const { source } = table.relation;
  const name = `${table.schema}.${table.table}`;
  const before = await replicaComment(client, source, table);
  const { id } = await requestOfTable(client, { source, table: name, action: 'resync' });
  const deadline = performance.now() + RESYNC_LIMIT_MS;
  for (;;) {
    const answer = await readAnswer(client, id);
    if (answer?.outcome === 'failed') throw new MillraceError(VERIFY_ERRORS.repairPending, `${name}: ${answer.detail}`);
    // The new table has another comment than the one it was exchanged with.
    if (answer !== null && (await replicaComment(client, source, table)) !== before) return;
    if (performance.now() > deadline) throw new MillraceError(VERIFY_ERRORS.repairPending, `${source}.${name}`);
    await sleep(PAUSE_MS, signal);
    signal.throwIfAborted();
  }
}

async function replicaComment(
  client: VerifyTableOptions['client'],
  source: string,
  { schema, table }: VerifyTableOptions['table'],
): Promise<string> {
  const result = await client.query({
    query: `
      select comment
      from system.tables
      where database = 'raw' and name in (
        select replica from millrace.replicas final
        where source = {source:String} and schema = {schema:String} and table = {table:String})`,
    query_params: { source, schema, table },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ comment: string }>();
  return row?.comment ?? '';
}
