import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIELD_NULL, FIELD_TEXT, type Relation, type Tuple } from '../../../changelog/change.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { FrameReader } from './frame-reader.ts';
import { type ChangeSink, createDecodedCounts, PgoutputDecoder } from './pgoutput-decoder.ts';
import type { RelationMessage } from './relation-message.ts';
import { TransactionCursor } from './transaction-cursor.ts';

// Recorded from a real server by testing/record-fixture.ts.
const CAPTURED = readFileSync(join(import.meta.dirname, '../../testing/captured/every-change.bin'));

function relationOf(message: RelationMessage): Relation {
  const { oid, schema, table } = message;
  const columns = message.columns.map(({ name, typeOid, typeModifier }) => ({
    name,
    typeOid,
    typeModifier,
    typeName: 'text',
    typeKind: 'b',
  }));
  return { oid, source: 's', schema, table, columns, keyColumns: [0] };
}

function show(tuple: Tuple): string {
  const fields: string[] = [];
  for (let i = 0; i < tuple.length; i++) {
    const kind = tuple.kinds[i];
    const text = tuple.bytes.toString('utf8', tuple.starts[i], tuple.ends[i]);
    const shown = text.length > 20 ? `${text[0]}*${text.length}` : text;
    fields.push(kind === FIELD_NULL ? 'null' : kind === FIELD_TEXT ? shown : 'unchanged');
  }
  return fields.join('|');
}

function sinkOf(lines: string[]): ChangeSink {
  return {
    begin: () => lines.push('begin'),
    insert: (relation, row) => lines.push(`insert ${relation.table} ${show(row)}`),
    update: (relation, old, row) => lines.push(`update ${relation.table} ${old && show(old)} -> ${show(row)}`),
    delete: (relation, old) => lines.push(`delete ${relation.table} ${show(old)}`),
    truncate: (relations) => lines.push(`truncate ${relations.map(({ table }) => table).join(' ')}`),
    commit: (endLsn) => lines.push(`commit ${endLsn}`),
  };
}

interface Reading {
  readonly decoder: PgoutputDecoder;
  readonly lines: string[];
  readonly relations: RelationMessage[];
  push(chunk: Buffer): Promise<void>;
}

function openReading(
  cursor = new TransactionCursor(),
  lines: string[] = [],
  onOutdated: (message: RelationMessage) => Error | null = () => null,
): Reading {
  const counts = createDecodedCounts();
  const relations: RelationMessage[] = [];
  const decoder = new PgoutputDecoder({
    sink: sinkOf(lines),
    cursor,
    counts,
    onOutdated,
    async resolveRelation(message) {
      lines.push(`relation ${message.table}`);
      relations.push(message);
      return relationOf(message);
    },
  });
  const reader = new FrameReader((type, bytes, start, end) =>
    type === 0x64 && bytes[start] === 0x77 ? decoder.decode(bytes, start + 25, end) : null,
  );
  return {
    decoder,
    lines,
    relations,
    async push(chunk) {
      for (let stop = reader.push(chunk); stop !== null; stop = reader.resume()) await stop;
    },
  };
}

async function read(chunks: Iterable<Buffer>, cursor = new TransactionCursor()): Promise<Reading> {
  const reading = openReading(cursor);
  for (const chunk of chunks) await reading.push(chunk);
  return reading;
}

function* cut(bytes: Buffer, size: () => number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const next = at + size();
    yield Buffer.from(bytes.subarray(at, next));
    at = next;
  }
}

/** A small generator, so that a failure can be replayed from its seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('PgoutputDecoder', () => {
  it('reads every kind of change as a real server sends it', async () => {
    const { lines } = await read([CAPTURED]);
    expect(lines.filter((line) => !/^(begin|commit|relation)/.test(line))).toEqual([
      'insert plain 1|tab\there|ok|x*3000',
      'insert plain 2|null|null|null',
      'update plain null -> 1|changed|ok|unchanged',
      'update plain 2|null|null|null -> 3|null|null|null',
      'delete plain 3|null|null|null',
      'insert pair 1|2|v',
      'update pair null -> 1|2|w',
      'insert whole 1|y*3000',
      'update whole 1|y*3000 -> 2|y*3000',
      'delete whole 2|y*3000',
      'truncate plain pair',
      'insert pair 5|6|kept',
      'insert pair 9|9|null|7',
    ]);
    const commits = lines.filter((line) => line.startsWith('commit'));
    expect(lines.filter((line) => line === 'begin')).toHaveLength(commits.length);
  });

  it('reads the same when the bytes arrive in pieces of any size', async () => {
    const whole = (await read([CAPTURED])).lines;
    for (const size of [1, 2, 3, 5, 7, 64, 1000]) {
      expect((await read(cut(CAPTURED, () => size))).lines).toEqual(whole);
    }
    const seed = Date.now() >>> 0;
    const random = randomFrom(seed);
    for (let round = 0; round < 20; round++) {
      const reading = await read(cut(CAPTURED, () => 1 + Math.floor(random() * 300)));
      expect(reading.lines, `seed ${seed}`).toEqual(whole);
    }
  });

  it('hands over the rest only when a connection ends anywhere and the next one starts from the beginning', async () => {
    const whole = (await read([CAPTURED])).lines;
    for (let end = 1; end < CAPTURED.length; end += 97) {
      const cursor = new TransactionCursor();
      const lines: string[] = [];
      await openReading(cursor, lines).push(Buffer.from(CAPTURED.subarray(0, end)));
      cursor.reconnect();
      await openReading(cursor, lines).push(Buffer.from(CAPTURED));
      // Another connection describes its relations again.
      const changes = (all: string[]) => all.filter((line) => !line.startsWith('relation'));
      expect(changes(lines), `cut at ${end}`).toEqual(changes(whole));
    }
  });

  // A table was followed into a shape that it had left long ago, or built anew for nothing, at each start.
  it('decides about relations of transactions that are passed over with the first one that is not', async () => {
    const whole = (await read([CAPTURED])).lines;
    const commits = whole.flatMap((line, i) => (line.startsWith('commit') ? [i] : []));
    for (const at of commits.slice(0, -1)) {
      const cursor = new TransactionCursor();
      cursor.resume(BigInt(whole[at]!.split(' ')[1]!));
      const { lines } = await read([CAPTURED], cursor);
      const rest = whole.slice(at + 1);
      const before = [...new Set(whole.slice(0, at).filter((line) => line.startsWith('relation')))];
      expect(lines).toEqual(['begin', ...before, ...rest.slice(1)]);
    }
    const cursor = new TransactionCursor();
    cursor.resume(1n << 62n);
    expect((await read([CAPTURED], cursor)).lines).toEqual([]);
  });

  it('throws a protocol violation or reads on, but nothing else, when bytes are damaged', async () => {
    const seed = Date.now() >>> 0;
    const random = randomFrom(seed);
    let violations = 0;
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(CAPTURED);
      for (let n = 0; n < 3; n++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      try {
        await read([bytes]);
      } catch (error) {
        expect(error, `seed ${seed} round ${round}`).toBeInstanceOf(MillraceError);
        violations++;
      }
    }
    expect(violations).toBeGreaterThan(0);
  });

  it('hands over no row of a relation that a later transaction should have described anew', async () => {
    const { lines: all } = await read([CAPTURED]);
    const change = all.findIndex((line) => line.startsWith('update plain null'));
    const told: string[] = [];
    const lines: string[] = [];
    const error = new Error('outdated');
    const reading = openReading(new TransactionCursor(), lines, ({ table }) => {
      told.push(table);
      return error;
    });
    const pushed = (async () => {
      for (const chunk of cut(CAPTURED, () => 16)) {
        await reading.push(chunk);
        const plain = reading.relations.find(({ table }) => table === 'plain');
        if (plain !== undefined) reading.decoder.expectAnew(plain.oid, 0n);
      }
    })();
    await expect(pushed).rejects.toBe(error);
    expect(told).toEqual(['plain']);
    expect(lines).toEqual(all.slice(0, change));
  });

  it('throws a protocol violation when a message is cut off anywhere', async () => {
    const messages: Buffer[] = [];
    const split = new FrameReader((type, bytes, start, end) => {
      if (type === 0x64 && bytes[start] === 0x77) messages.push(Buffer.from(bytes.subarray(start + 25, end)));
      return null;
    });
    void split.push(CAPTURED);
    for (const message of messages) {
      if (message[0] === 0x59 || message[0] === 0x4f || message[0] === 0x4d) continue;
      for (let length = 0; length < message.length; length += 1 + (length >> 4)) {
        const cursor = new TransactionCursor();
        if (message[0] !== 0x42) cursor.begin(1n);
        const decoder = new PgoutputDecoder({
          sink: sinkOf([]),
          cursor,
          counts: createDecodedCounts(),
          resolveRelation: async (relation) => relationOf(relation),
        });
        // Rows need their relation; without it they must fail all the same.
        expect(() => decoder.decode(message, 0, length)).toThrow(MillraceError);
      }
    }
  });
});
