import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../changelog/change.ts';
import type { RowSink } from '../../changelog/source-rows.ts';
import { insertLines } from '../clickhouse/insert-lines.ts';
import { quoteIdentifier, quoteString } from '../clickhouse/quote.ts';
import { insertAllButRefused } from '../load/replicas/refused-lines.ts';
import type { NamedType } from '../load/replicas/replica.ts';
import { SNAPSHOT_INSERT_SETTINGS } from '../load/replicas/snapshot-insert.ts';
import { createSnapshotBlock } from '../load/values/snapshot-block.ts';
import { type ComparedReplica, hashOf, namesOf } from './compared-replica.ts';

/** Rows are sent in blocks of this size. */
const BLOCK_BYTES = 8 << 20;
const PREFIX = 'verify_';
const VERSION = { epoch: 0, commitLsn: 0n, ordinal: 0 };

/** A table of ours in the warehouse, gone after the verification. */
export interface ScratchTable {
  /** Quoted. */
  readonly name: string;
  empty(): Promise<void>;
  drop(): Promise<void>;
}

export type ScratchContent = 'hashes' | 'rows' | 'keys';

/**
 * Creates a table for what the source has: key and hash of every row, whole rows of a few keys, or keys alone. Rows in it
 * went through the rules of the loader, so that they are what a fresh copy of the table would be.
 */
export async function createScratchTable(
  client: ClickHouseClient,
  replica: ComparedReplica,
  content: ScratchContent,
): Promise<ScratchTable> {
  const name = `millrace.${quoteIdentifier(`${PREFIX}${content}_${randomUUID().replaceAll('-', '')}`)}`;
  const columns = content === 'rows' ? replica.columns : replica.key;
  const hash = content === 'hashes' ? [`${HASH_COLUMN} UInt128`] : [];
  const list = [...columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`), ...hash].join(', ');
  // Many hashes do not fit into memory; a few rows need no file.
  const engine = content === 'hashes' ? 'MergeTree order by tuple()' : 'Memory';
  await client.command({ query: `create table ${name} (${list}) engine = ${engine} comment 'of a verification'` });
  return {
    name,
    async empty() {
      await client.command({ query: `truncate table ${name}` });
    },
    async drop() {
      await client.command({ query: `drop table if exists ${name}` });
    },
  };
}

export const HASH_COLUMN = '`_verify_hash`';

/** What a process that was killed left behind. */
export async function dropLeftoverScratch(client: ClickHouseClient): Promise<void> {
  const result = await client.query({
    query: `
      select name
      from system.tables
      where database = 'millrace' and startsWith(name, {prefix:String}) and comment = 'of a verification'
        and metadata_modification_time < now() - interval 1 day`,
    query_params: { prefix: PREFIX },
    format: 'JSONEachRow',
  });
  for (const { name } of await result.json<{ name: string }>()) {
    await client.command({ query: `drop table if exists millrace.${quoteIdentifier(name)}` });
  }
}

/** Rows on their way from a source into a scratch table. */
export interface ScratchSink extends RowSink {
  /** Resolves when all are there. Answers how many there were, and how many of them the warehouse cannot hold. */
  done(): Promise<{ readonly rows: number; readonly rejected: number }>;
}

/** `only`: a table of keys; other rows are left out. */
export function scratchSink(options: {
  client: ClickHouseClient;
  relation: Relation;
  replica: ComparedReplica;
  into: ScratchTable;
  content: Exclude<ScratchContent, 'keys'>;
  only?: ScratchTable;
}): ScratchSink {
  const { client, relation, replica, into, content, only } = options;
  const target = insertTarget(replica, into, content, only);
  const insertPart = (lines: Buffer): Promise<void> =>
    insertLines({ client, target, lines, settings: SNAPSHOT_INSERT_SETTINGS });
  let block = createSnapshotBlock(relation, VERSION);
  let writing: Promise<void> = Promise.resolve();
  let rows = 0;
  let rejected = 0;

  async function write(full: typeof block): Promise<void> {
    rejected += full.rejected.length;
    rows += full.rows + full.rejected.length;
    if (full.rows === 0) return;
    const refused: Parameters<typeof insertAllButRefused>[2] = [];
    await insertAllButRefused(insertPart, full.written(), refused);
    rejected += refused.length;
  }

  function flush(): Promise<void> {
    const full = block;
    block = createSnapshotBlock(relation, VERSION);
    writing = writing.then(() => write(full));
    writing.catch(() => {}); // `done` tells.
    return writing;
  }

  return {
    row: (tuple) => block.row(tuple),
    room: () => (block.bytes < BLOCK_BYTES ? null : flush()),
    async done() {
      await flush();
      return { rows, rejected };
    },
  };
}

function insertTarget(
  replica: ComparedReplica,
  into: ScratchTable,
  content: Exclude<ScratchContent, 'keys'>,
  only: ScratchTable | undefined,
): string {
  const structure = (columns: readonly NamedType[]): string =>
    columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(', ');
  const key = namesOf(replica.key);
  const selected = content === 'rows' ? namesOf(replica.columns) : `${key}, ${hashOf(replica)}`;
  const wanted = only === undefined ? '' : ` where (${key}) in (select ${key} from ${only.name})`;
  return `${into.name} select ${selected} from input(${quoteString(structure(replica.columns))})${wanted}`;
}
