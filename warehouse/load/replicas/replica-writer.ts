import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../../changelog/change.ts';
import { packVersion } from '../../../changelog/version.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { insertLines } from '../../clickhouse/insert-lines.ts';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { LOAD_ERRORS } from '../errors.ts';
import type { JournalWriter } from '../journal/journal-writer.ts';
import { keptOfFields, removalOf } from '../values/rejected-fields.ts';
import type { TabSeparatedSnapshotBlock } from '../values/snapshot-block.ts';
import type { RejectedRow, TabSeparatedBlock } from '../values/tab-separated-block.ts';
import { createJournaledInsert } from './journaled-insert.ts';
import { insertAllButRefused, type RefusedLine } from './refused-lines.ts';
import type { LaterRow, Rejection, Rejections } from './rejections.ts';
import { wantedColumns } from './replica-columns.ts';
import { createReplicaLookUp } from './replica-lookup.ts';
import { SNAPSHOT_INSERT_SETTINGS, snapshotTarget } from './snapshot-insert.ts';
import type { LookUpRows } from './stored-rows.ts';
import type { TableGate } from './table-gate.ts';
import { fillUnchanged } from './unchanged-values.ts';

/** Writes blocks of one relation into its replica. */
export interface ReplicaWriter {
  /** May be called again with the same block: versions make it harmless. */
  write(block: TabSeparatedBlock, snapshot: SnapshotFacts): Promise<void>;
  writeSnapshot(block: TabSeparatedSnapshotBlock): Promise<void>;
  /** Marks every row below the version as deleted, and keeps such rows out from now on. */
  truncate(version: bigint): Promise<void>;
  readonly lookUp: LookUpRows;
}

export interface SnapshotFacts {
  /** Every row that existed before the stream began is in the replica: what is not there will not come. */
  readonly isComplete: () => boolean;
  /** A row of this version may have gone before its chunk was read: nothing of it is in the replica then. */
  readonly isGone: (version: bigint) => boolean;
  /** Another table that has the rows while this one is incomplete. */
  readonly elsewhere?: LookUpRows;
}

export interface TruncationFence {
  /** Rows with a lower version were truncated away. */
  below: bigint;
  /** Snapshot inserts that were let through and are not over yet. */
  readonly copying: Set<Promise<void>>;
}

/** Per replica; shared by the writers of a source. */
export type TruncationFences = Map<string, TruncationFence>;

const LOOK_UP_AGAIN_MS = 200;
const TOLD_AFTER_MS = 20_000;
/** Of an insert whose left-out values were filled in. */
const MAX_FILLED_BYTES = 8 << 20;
const KEYS_PER_LOOK_UP = 1_000;

export async function createReplicaWriter(options: {
  client: ClickHouseClient;
  /** Table in `raw`. */
  name: string;
  /** Of the replica, also where this is the table beside it. */
  rejections: Rejections;
  /** False when another writer keeps the same streamed rows' rejections. */
  keepsRejections: boolean;
  relation: Relation;
  fences: TruncationFences;
  /** Of the table: keeps its inserts apart from changes of its columns. */
  gate: TableGate;
  /** Where changes are kept for the models. */
  journal: JournalWriter;
  /** Asked at each insert: models may have begun to read the table. */
  isJournaled: () => boolean;
  logger: Logger;
  signal: AbortSignal;
}): Promise<ReplicaWriter> {
  const { client, name, rejections, keepsRejections, relation, fences, gate, logger, signal } = options;
  const table = `raw.${quoteIdentifier(name)}`;
  const columns = wantedColumns(relation).map((column) => quoteIdentifier(column.name));
  const target = `${table} (${columns.join(', ')}, _version, _deleted)`;
  const key = relation.keyColumns.map((i) => columns[i] as string);
  const journaled = createJournaledInsert({ ...options, replica: name, target });
  const fence = await fenceOf(fences, client, name);

  const allColumns = columns.length;

  /** Inserts the lines that the server takes and keeps the others as rejected. */
  async function insert(insertPart: (part: Buffer) => Promise<void>, lines: Buffer): Promise<RefusedLine[]> {
    const refused: RefusedLine[] = [];
    await insertAllButRefused(insertPart, lines, refused);
    return refused;
  }

  function rejectionOfLine({ line, detail }: RefusedLine, version: bigint): Rejection {
    const fields = line.toString('latin1').trimEnd().split('\t');
    const key = relation.keyColumns.map((i) => fields[i]).join('\t');
    return { ...keptOfFields(relation, fields), key, version, error: LOAD_ERRORS.rowRefused, column: '', detail };
  }

  const versionOf = (line: Buffer): bigint => BigInt(line.toString('latin1').split('\t')[allColumns] as string);

  /** Rows of the stream. A row that the server refuses leaves its removal behind, as far as its key is one. */
  async function insertRows(rows: Buffer, insertTo = journaled.streamed): Promise<void> {
    const insertPart = (part: Buffer): Promise<void> => gate.pass(() => insertTo(part));
    const refused = await insert(insertPart, rows);
    if (refused.length === 0) return;
    const isRemoval = ({ line }: RefusedLine): boolean => line.toString('latin1').trimEnd().endsWith('\t1');
    const rejected = refused
      .filter((line) => !isRemoval(line))
      .map((line) => rejectionOfLine(line, versionOf(line.line)));
    await keep(rejected);
    const removals = refused
      .filter((line) => !isRemoval(line))
      .map(({ line }) => removalOf(relation, line.toString('latin1').trimEnd().split('\t')).join('\t'));
    if (removals.length > 0) await insert(insertPart, Buffer.from(`${removals.join('\n')}\n`, 'latin1'));
  }

  async function keep(rows: readonly Rejection[]): Promise<void> {
    if (keepsRejections && rows.length > 0) await rejections.keep(rows);
  }

  function* laterRows(lines: Buffer): Iterable<LaterRow> {
    for (const line of lines.toString('latin1').split('\n')) {
      if (line === '') continue;
      const fields = line.split('\t');
      yield {
        key: relation.keyColumns.map((i) => fields[i]).join('\t'),
        version: BigInt(fields[allColumns] as string),
      };
    }
  }

  const lookUp = createReplicaLookUp({ client, table, relation });

  /** Rows that are not there yet may still come with the snapshot: waits for it as long as it is incomplete. */
  function lookUpWaiting({ isComplete, elsewhere }: SnapshotFacts): LookUpRows {
    return async (requests) => {
      const sinceMs = performance.now();
      for (let isTold = false; ; ) {
        const complete = isComplete();
        const rows = await lookUp.rows(requests);
        if (elsewhere !== undefined) {
          // The replica first: what a chunk brought under a key may have been read after the row had left it.
          const others = await elsewhere(requests);
          return rows.map((row, i) => (others[i]?.before != null || others[i]?.since != null ? others[i] : row));
        }
        if (complete || rows.every(({ isKnown }, i) => isKnown || requests[i]?.isAwaited === false)) return rows;
        if (!isTold && performance.now() - sinceMs > TOLD_AFTER_MS) {
          isTold = true;
          logger.warn({ table: name }, 'a change waits for a row that was not copied yet');
        }
        await sleep(LOOK_UP_AGAIN_MS, undefined, { signal });
      }
    };
  }

  /** In parts, so that many small updates of large rows cost no more memory than a batch may. */
  async function insertFilled(block: TabSeparatedBlock, snapshot: SnapshotFacts): Promise<void> {
    let rejected: Rejection[] = [];
    const parts = fillUnchanged({
      block,
      relation,
      rows: lookUpWaiting(snapshot),
      sizes: lookUp.sizes,
      rejected: (keys) => rejections.find(keys),
      maxPartBytes: MAX_FILLED_BYTES,
      onRejected: (row) => rejected.push({ ...row, detail: row.error.cause }),
      onMissing(line, column) {
        const version = versionOf(line);
        if (snapshot.isGone(version)) return;
        const error = LOAD_ERRORS.valueMissing;
        rejected.push({ ...rejectionOfLine({ line, detail: error.cause }, version), error, column });
      },
    });
    for await (const part of parts) {
      await keep(rejected);
      rejected = [];
      if (part.length > 0) await insertRows(part, journaled.filled);
      failpoint('warehouse.part-filled');
    }
    await keep(rejected);
  }

  async function insertSnapshot(
    insertPart: (part: Buffer) => Promise<void>,
    lines: Buffer,
    version: bigint,
  ): Promise<void> {
    const refused = await insert(insertPart, lines);
    if (refused.length > 0) await rejections.keep(refused.map((line) => rejectionOfLine(line, version)));
  }

  /** Of the rejected rows of a snapshot, those that the stream has replaced or removed already are over. */
  async function resolveReplaced(block: TabSeparatedSnapshotBlock, version: bigint): Promise<void> {
    const at = (version + 1n).toString();
    const requests = block.rejected
      .filter(({ key }) => !block.refusedKeys.has(key))
      .map(({ key }) => ({ key, version: at, isAwaited: false }));
    for (let i = 0; i < requests.length; i += KEYS_PER_LOOK_UP) {
      const asked = requests.slice(i, i + KEYS_PER_LOOK_UP);
      const answers = await lookUp.rows(asked);
      const replaced = asked.filter((_, n) => {
        const answer = answers[n];
        return answer?.isKnown === true && (answer.since !== null || answer.before === null);
      });
      await rejections.resolve(replaced.map(({ key }) => ({ key, version: version + 1n })));
    }
  }

  return {
    lookUp: lookUp.rows,
    async write(block, snapshot) {
      const leftOut = block.rejected.some(({ row }) => Object.keys(row).length < relation.columns.length);
      if (block.unresolved.length === 0 && !leftOut) {
        await keep(block.rejected.map(rejectionOf));
        if (block.rows > 0) await insertRows(block.written());
      } else {
        await insertFilled(block, snapshot);
      }
      if (!keepsRejections) return;
      if (!rejections.isEmpty()) await rejections.resolve(laterRows(block.written()));
      if (block.removals.length > 0) {
        await rejections.resolveRefused(
          block.removals.map(({ key, version }) => ({ key, version: packVersion(version) })),
        );
      }
    },
    async writeSnapshot(block) {
      const version = packVersion(block.version);
      // All rows of a snapshot have one version: a truncation since then took them all, or none.
      if (version < fence.below) return;
      if (block.rejected.length > 0) {
        await rejections.keep(block.rejected.map(rejectionOf));
        await resolveReplaced(block, version);
      }
      if (block.rows === 0) return;
      const into = snapshotTarget(table, relation, version);
      const insertPart = (part: Buffer): Promise<void> =>
        gate.pass(() => insertLines({ client, target: into, lines: part, settings: SNAPSHOT_INSERT_SETTINGS }));
      const copying = insertSnapshot(insertPart, block.written(), version);
      fence.copying.add(copying);
      try {
        await copying;
        failpoint('warehouse.snapshot-block-written');
      } finally {
        fence.copying.delete(copying);
      }
    },
    async truncate(version) {
      await client.insert({
        table: 'millrace.truncations',
        values: [{ replica: name, version: version.toString() }],
        format: 'JSONEachRow',
      });
      if (version > fence.below) fence.below = version;
      // Snapshot rows that passed the fence before it stood have to be there when they are marked.
      await Promise.allSettled(fence.copying);
      failpoint('warehouse.truncation-noted');
      const query_params = { version: version.toString() };
      const rows = `from ${table} final where _version < {version:UInt128}`;
      await gate.pass(async () => {
        // First: behind the other nothing would be found any more.
        await journaled.removed(version, rows);
        const query = `
          insert into ${table} (${key.join(', ')}, _version, _deleted)
          select ${key.join(', ')}, {version:UInt128}, 1 ${rows}`;
        await client.command({ query, query_params });
      });
      failpoint('warehouse.truncation-written');
      if (keepsRejections) await rejections.resolveAll(version);
    },
  };
}

function rejectionOf({ version, error, column, row, key }: RejectedRow): Rejection {
  return { key, version: packVersion(version), error, column, row, taken: [], detail: error.cause };
}

async function fenceOf(fences: TruncationFences, client: ClickHouseClient, name: string): Promise<TruncationFence> {
  const below = fences.has(name) ? 0n : await readTruncation(client, name);
  // Another writer of this replica may have been made meanwhile.
  const fence = fences.get(name) ?? { below, copying: new Set() };
  fences.set(name, fence);
  return fence;
}

async function readTruncation(client: ClickHouseClient, replica: string): Promise<bigint> {
  const result = await client.query({
    query: 'select toString(max(version)) as version from millrace.truncations where replica = {replica:String}',
    query_params: { replica },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ version: string }>();
  return BigInt(row?.version ?? 0);
}
