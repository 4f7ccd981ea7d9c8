import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../changelog/change.ts';
import { packVersion } from '../../changelog/version.ts';
import type { Logger } from '../../runtime/logger.ts';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import { LOAD_ERRORS } from './errors.ts';
import { insertAllButRefused, insertLines, type RefusedLine } from './insert-lines.ts';
import { wantedColumns } from './replica-columns.ts';
import { createReplicaLookUp } from './replica-lookup.ts';
import type { TabSeparatedSnapshotBlock } from './snapshot-block.ts';
import { SNAPSHOT_INSERT_SETTINGS, snapshotTarget } from './snapshot-insert.ts';
import type { RejectedRow, TabSeparatedBlock } from './tab-separated-block.ts';
import { fillUnchanged, type LookUpRows } from './unchanged-values.ts';

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
/** Of an insert whose left-out values were filled in. */
const MAX_FILLED_BYTES = 8 << 20;

export async function createReplicaWriter(options: {
  client: ClickHouseClient;
  source: string;
  /** Table in `raw`. */
  name: string;
  /** The replica that rejected rows are counted for; null when another writer keeps the same rows' rejections. */
  rejectedFor: string | null;
  relation: Relation;
  fences: TruncationFences;
  logger: Logger;
  signal: AbortSignal;
}): Promise<ReplicaWriter> {
  const { client, source, name, rejectedFor, relation, fences, logger, signal } = options;
  const table = `raw.${quoteIdentifier(name)}`;
  const columns = wantedColumns(relation).map((column) => quoteIdentifier(column.name));
  const target = `${table} (${columns.join(', ')}, _version, _deleted)`;
  const key = relation.keyColumns.map((i) => columns[i] as string);
  const fence = await fenceOf(fences, client, name);

  /** Inserts the lines that the server takes and keeps the others as rejected. */
  async function insert(
    insertPart: (part: Buffer) => Promise<void>,
    lines: Buffer,
    versionOf: (line: Buffer) => string,
  ): Promise<void> {
    const refused: RefusedLine[] = [];
    await insertAllButRefused(insertPart, lines, refused);
    if (refused.length > 0) {
      await keepRejected(
        refused.map(({ line, detail }) => ({
          version: versionOf(line),
          code: LOAD_ERRORS.rowRefused.code,
          column: '',
          row: line.toString('utf8').trimEnd(),
          detail,
        })),
      );
    }
  }

  async function keepRejected(
    rows: { version: string; code: string; column: string; row: string; detail: string }[],
  ): Promise<void> {
    if (rejectedFor === null) return;
    await client.insert({
      table: 'millrace.rejected',
      values: rows.map((row) => ({ source, replica: rejectedFor, ...row })),
      format: 'JSONEachRow',
    });
    logger.error(
      { source, replica: name, rows: rows.length, codes: [...new Set(rows.map((row) => row.code))] },
      'rows rejected',
    );
  }

  async function keepRejectedOf(block: { readonly rejected: readonly RejectedRow[] }): Promise<void> {
    if (block.rejected.length === 0) return;
    await keepRejected(
      block.rejected.map(({ version, error, column, row }) => ({
        version: packVersion(version).toString(),
        code: error.code,
        column,
        row: JSON.stringify(row),
        detail: error.cause,
      })),
    );
  }

  const lookUp = createReplicaLookUp({ client, table, relation });

  /** Rows that are not there yet may still come with the snapshot: waits for it as long as it is incomplete. */
  function lookUpWaiting({ isComplete, elsewhere }: SnapshotFacts): LookUpRows {
    return async (requests) => {
      for (;;) {
        const complete = isComplete();
        const rows = await lookUp.rows(requests);
        if (complete || rows.every(({ isKnown }, i) => isKnown || requests[i]?.isAwaited === false)) return rows;
        if (elsewhere !== undefined) {
          const others = await elsewhere(requests);
          return rows.map((row, i) => (row.isKnown ? row : (others[i] ?? row)));
        }
        await sleep(LOOK_UP_AGAIN_MS, undefined, { signal });
      }
    };
  }

  function insertRows(rows: Buffer): Promise<void> {
    return insert((part) => insertLines({ client, target, lines: part }), rows, lineVersion);
  }

  /** In parts, so that many small updates of large rows cost no more memory than a batch may. */
  async function insertFilled(block: TabSeparatedBlock, snapshot: SnapshotFacts): Promise<void> {
    const missing: { version: string; code: string; column: string; row: string; detail: string }[] = [];
    const parts = fillUnchanged({
      block,
      relation,
      rows: lookUpWaiting(snapshot),
      sizes: lookUp.sizes,
      maxPartBytes: MAX_FILLED_BYTES,
      onMissing(line, column) {
        const version = lineVersion(line);
        if (snapshot.isGone(BigInt(version))) return;
        const { code, cause } = LOAD_ERRORS.valueMissing;
        missing.push({ version, code, column, row: line.toString('utf8').trimEnd(), detail: cause });
      },
    });
    for await (const part of parts) if (part.length > 0) await insertRows(part);
    if (missing.length > 0) await keepRejected(missing);
  }

  return {
    lookUp: lookUp.rows,
    async write(block, snapshot) {
      await keepRejectedOf(block);
      if (block.rows === 0) return;
      if (block.unresolved.length === 0) await insertRows(block.written());
      else await insertFilled(block, snapshot);
    },
    async writeSnapshot(block) {
      await keepRejectedOf(block);
      if (block.rows === 0) return;
      const version = packVersion(block.version);
      // All rows of a snapshot have one version: a truncation since then took them all, or none.
      if (version < fence.below) return;
      const into = snapshotTarget(table, relation, version);
      const insertPart = (part: Buffer): Promise<void> =>
        insertLines({ client, target: into, lines: part, settings: SNAPSHOT_INSERT_SETTINGS });
      const copying = insert(insertPart, block.written(), () => version.toString());
      fence.copying.add(copying);
      try {
        await copying;
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
      await client.command({
        query: `
          insert into ${table} (${key.join(', ')}, _version, _deleted)
          select ${key.join(', ')}, {version:UInt128}, 1
          from ${table} final
          where _version < {version:UInt128}`,
        query_params: { version: version.toString() },
      });
    },
  };
}

/** Text of the last field but one of the first line. */
function lineVersion(lines: Buffer): string {
  const end = lines.indexOf(10);
  const fields = lines.toString('utf8', 0, end < 0 ? lines.length : end).split('\t');
  return fields.at(-2) ?? '';
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
