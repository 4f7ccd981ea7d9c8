import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { insertSettings } from '../../clickhouse/insert-settings.ts';
import { quoteString } from '../../clickhouse/quote.ts';
import { createSharedInsert, type SharedInsert } from '../positions/shared-insert.ts';
import { INTO_JOURNAL } from './journal-table.ts';

/** Changes of one replica as they were inserted into it. */
export interface ReplicaChanges {
  readonly source: string;
  readonly replica: string;
  /** What a line has before its version: `columnList`. */
  readonly columns: string;
  /** TabSeparated, with `_version` and `_deleted` at the end. */
  readonly lines: Buffer;
}

/** Writes changes of several replicas in one insert; resolves when they are on disk. */
export type InsertChanges = SharedInsert<readonly ReplicaChanges[]>;

/** Changes of a source's replicas on their way into the journal. */
export interface JournalWriter {
  /** What the replica has taken in. The lines must stay as they are until a `flush` after it resolves. */
  add(changes: ReplicaChanges): void;
  /** Writes what was added. What fails is kept for the next. */
  flush(): Promise<void>;
  /** So much is held. */
  readonly heldBytes: number;
}

const TAB = 9;
const NEWLINE = 10;
const DIGIT_0 = 48;
/** The statement goes into the URL, which the server takes up to 128 KiB of (`http_max_field_value_size`). */
const STATEMENT_BYTES = 64 << 10;
/** In RowBinary: number of the replica (2), version (16), mark (1), length of the row (up to 5). */
const HEAD_BYTES = 24;
const NUMBERS = 'n UInt16, version UInt128, deleted UInt8, row String';
const LOW_64 = (1n << 64n) - 1n;

/** Of all sources of a process: they come to the end of a batch at about the same time. */
export function createChangesInsert(client: ClickHouseClient): InsertChanges {
  return createSharedInsert(async (shared: readonly (readonly ReplicaChanges[])[]) => {
    for (const changes of inStatements(shared.flat())) await insertChanges(client, changes);
  });
}

/** What rows of one replica and shape have in common, and their lines. */
interface NamedChanges {
  /** Source, replica, columns. */
  readonly names: readonly [string, string, string];
  readonly lines: readonly Buffer[];
}

/** Cut where a statement would be too long; one replica's names are there once. */
function inStatements(changes: readonly ReplicaChanges[]): (readonly NamedChanges[])[] {
  const statements: NamedChanges[][] = [];
  const namesOf = ({ source, replica, columns }: ReplicaChanges) => JSON.stringify([source, replica, columns]);
  let bytes = STATEMENT_BYTES;
  for (const [names, of] of Map.groupBy(changes, namesOf)) {
    const added = encodeURIComponent(names).length;
    if (bytes + added > STATEMENT_BYTES) {
      statements.push([]);
      bytes = 0;
    }
    bytes += added;
    statements.at(-1)?.push({ names: JSON.parse(names), lines: of.map(({ lines }) => lines) });
  }
  return statements;
}

export function createJournalWriter(insert: InsertChanges): JournalWriter {
  let held: ReplicaChanges[] = [];
  let heldBytes = 0;

  function add(changes: ReplicaChanges): void {
    held.push(changes);
    heldBytes += changes.lines.length;
  }

  return {
    get heldBytes() {
      return heldBytes;
    },
    add,
    async flush() {
      if (held.length === 0) return;
      const written = held;
      held = [];
      heldBytes = 0;
      try {
        await insert(written);
      } catch (error) {
        for (const changes of written) add(changes);
        throw error;
      }
    },
  };
}

/**
 * One insert, and so one part for each source, whatever the number of replicas: a part costs the server some milliseconds, most of them
 * for its files. What the rows of a replica have in common is in the statement.
 */
async function insertChanges(client: ClickHouseClient, changes: readonly NamedChanges[]): Promise<void> {
  const list = (i: 0 | 1 | 2): string => `[${changes.map(({ names }) => quoteString(names[i])).join(', ')}]`;
  const bytes = changes.flatMap(({ lines }) => lines).reduce((sum, { length }) => sum + length, 0);
  const result = await client.exec({
    query: `${INTO_JOURNAL}
      select ${list(0)}[n], ${list(1)}[n], version, deleted, ${list(2)}[n], row from input('${NUMBERS}') format RowBinary`,
    values: Readable.from(encodeAll(changes), { objectMode: false }),
    // A part for each source and each of its partitions, however many.
    clickhouse_settings: { ...insertSettings(bytes), max_partitions_per_insert_block: '0' },
  });
  for await (const _ of result.stream) {
    // An insert answers nothing; the end of the answer is the acknowledgement.
  }
}

function* encodeAll(changes: readonly NamedChanges[]): Iterable<Buffer> {
  for (const [i, { lines }] of changes.entries()) for (const each of lines) yield encode(i + 1, each);
}

function encode(n: number, lines: Buffer): Buffer {
  let rows = 0;
  for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) rows++;
  const target = Buffer.allocUnsafe(lines.length + rows * HEAD_BYTES);
  let to = 0;
  let start = 0;
  for (let end = lines.indexOf(NEWLINE); end >= 0; end = lines.indexOf(NEWLINE, start)) {
    const markAt = lines.lastIndexOf(TAB, end);
    const versionAt = lines.lastIndexOf(TAB, markAt - 1);
    const version = BigInt(lines.toString('latin1', versionAt + 1, markAt));
    to = target.writeUInt16LE(n, to);
    to = target.writeBigUInt64LE(version & LOW_64, to);
    to = target.writeBigUInt64LE(version >> 64n, to);
    target[to++] = (lines[markAt + 1] as number) - DIGIT_0;
    to = writeLength(target, to, versionAt - start);
    to += lines.copy(target, to, start, versionAt);
    start = end + 1;
  }
  return target.subarray(0, to);
}

/** LEB128, as RowBinary has the length of a String. */
function writeLength(target: Buffer, at: number, length: number): number {
  let rest = length;
  while (rest > 127) {
    target[at++] = 128 | (rest & 127);
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}
