import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../changelog/change.ts';
import { packVersion } from '../../changelog/version.ts';
import type { Logger } from '../../runtime/logger.ts';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import { LOAD_ERRORS } from './errors.ts';
import { insertAllButRefused, insertLines, type RefusedLine } from './insert-lines.ts';
import type { TabSeparatedSnapshotBlock } from './snapshot-block.ts';
import { SNAPSHOT_INSERT_SETTINGS, snapshotTarget } from './snapshot-insert.ts';
import type { RejectedRow, TabSeparatedBlock } from './tab-separated-block.ts';
import { fillUnchanged, type LookUpRows } from './unchanged-values.ts';

/** Writes blocks of one relation into its replica. */
export interface ReplicaWriter {
  /** May be called again with the same block: versions make it harmless. */
  write(block: TabSeparatedBlock, isSnapshotComplete: () => boolean): Promise<void>;
  writeSnapshot(block: TabSeparatedSnapshotBlock): Promise<void>;
  /** Marks every row below the version as deleted, and keeps such rows out from now on. */
  truncate(version: bigint): Promise<void>;
}

/** Per replica: rows with a lower version were truncated away. Shared by the writers of a source. */
export type TruncationFences = Map<string, bigint>;

const LOOK_UP_AGAIN_MS = 200;

export async function createReplicaWriter(options: {
  client: ClickHouseClient;
  source: string;
  /** Table in `raw`. */
  name: string;
  relation: Relation;
  fences: TruncationFences;
  logger: Logger;
}): Promise<ReplicaWriter> {
  const { client, source, name, relation, fences, logger } = options;
  const table = `raw.${quoteIdentifier(name)}`;
  const columns = relation.columns.map((column) => quoteIdentifier(column.name));
  const target = `${table} (${columns.join(', ')}, _version, _deleted)`;
  const key = relation.keyColumns.map((i) => columns[i] as string);
  if (!fences.has(name)) fences.set(name, await readTruncation(client, name));
  const truncatedBelow = () => fences.get(name) ?? 0n;

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
    await client.insert({
      table: 'millrace.rejected',
      values: rows.map((row) => ({ source, replica: name, ...row })),
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

  /** Rows that are not there yet may still come with the snapshot: waits for it as long as it is incomplete. */
  function lookUpWaiting(isSnapshotComplete: () => boolean): LookUpRows {
    return async (keys) => {
      for (;;) {
        const complete = isSnapshotComplete();
        const rows = await lookUp(keys);
        if (complete || rows.size === keys.length) return rows;
        await sleep(LOOK_UP_AGAIN_MS);
      }
    };
  }

  const lookUp: LookUpRows = async (keys) => {
    const keyLines = keys.map((text) => `(${text.split('\t').map(quoteTabSeparated).join(', ')})`);
    const tuple = `(${key.join(', ')})`;
    const result = await client.query({
      query: `select ${columns.join(', ')} from ${table} final where ${tuple} in (${keyLines.join(', ')})`,
      format: 'TabSeparated',
    });
    const rows = new Map<string, readonly string[]>();
    for (const line of (await result.text()).split('\n')) {
      if (line === '') continue;
      const fields = line.split('\t');
      rows.set(relation.keyColumns.map((i) => fields[i]).join('\t'), fields);
    }
    return rows;
  };

  return {
    async write(block, isSnapshotComplete) {
      await keepRejectedOf(block);
      if (block.rows === 0) return;
      const lines =
        block.unresolved.length === 0
          ? block.written()
          : await fillUnchanged(block, relation, lookUpWaiting(isSnapshotComplete));
      if (lines.length > 0) await insert((part) => insertLines({ client, target, lines: part }), lines, lineVersion);
    },
    async writeSnapshot(block) {
      await keepRejectedOf(block);
      if (block.rows === 0) return;
      const version = packVersion(block.version);
      // All rows of a snapshot have one version: a truncation since then took them all, or none.
      if (version < truncatedBelow()) return;
      const into = snapshotTarget(table, relation, version);
      const insertPart = (part: Buffer): Promise<void> =>
        insertLines({ client, target: into, lines: part, settings: SNAPSHOT_INSERT_SETTINGS });
      await insert(insertPart, block.written(), () => version.toString());
    },
    async truncate(version) {
      await client.insert({
        table: 'millrace.truncations',
        values: [{ replica: name, version: version.toString() }],
        format: 'JSONEachRow',
      });
      if (version > truncatedBelow()) fences.set(name, version);
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

async function readTruncation(client: ClickHouseClient, replica: string): Promise<bigint> {
  const result = await client.query({
    query: 'select toString(max(version)) as version from millrace.truncations where replica = {replica:String}',
    query_params: { replica },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ version: string }>();
  return BigInt(row?.version ?? 0);
}

/** A TabSeparated field as a string literal: both use the same escapes, only the quote differs. */
function quoteTabSeparated(field: string): string {
  return `'${field.replaceAll("'", "\\'")}'`;
}
