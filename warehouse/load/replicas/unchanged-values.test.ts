import { expect, test } from 'vitest';
import type { Relation } from '../../../changelog/change.ts';
import type { Fields } from '../values/rejected-fields.ts';
import type { TabSeparatedBlock } from '../values/tab-separated-block.ts';
import type { RowRequest, StoredRows } from './stored-rows.ts';
import { fillUnchanged } from './unchanged-values.ts';

const column = (name: string) => ({ name, typeOid: 25, typeModifier: -1, typeName: 'text', typeKind: 'b' });
const relation: Relation = {
  oid: 1,
  source: 's',
  schema: 'public',
  table: 't',
  keyColumns: [0],
  columns: [column('id'), column('big')],
};

function block(lines: string[], unresolved: { line: number; lookupKey: string }[]): TabSeparatedBlock {
  const text = lines.map((line) => `${line}\n`).join('');
  return {
    relation,
    bytes: text.length,
    rows: lines.length,
    rejected: [],
    removals: [],
    refusedKeys: new Set(),
    unresolved,
    written: () => Buffer.from(text),
    upsert() {},
    move() {},
    remove() {},
  };
}

type Versions = { version: number; fields: Fields | null }[];

/** A replica that keeps every version, as one does before its parts are merged. */
function replica(contents: Record<string, Versions>): (requests: readonly RowRequest[]) => Promise<StoredRows[]> {
  return async (requests) =>
    requests.map(({ key, version }) => {
      const versions = contents[key] ?? [];
      const before = versions.filter((row) => row.version < Number(version)).at(-1);
      const since = versions.find((row) => row.version >= Number(version));
      return {
        before: before?.fields ?? null,
        since: since?.fields ?? null,
        isSame: since?.version === Number(version),
        hasSince: since !== undefined,
        isKnown: versions.length > 0,
      };
    });
}

async function fill(
  lines: string[],
  unresolved: [line: number, lookupKey: string][],
  contents: Record<string, Versions>,
  more: { maxPartBytes?: number; bytes?: number; asked?: (requests: readonly RowRequest[]) => void } = {},
): Promise<{ parts: string[]; missing: string[] }> {
  const lookUp = replica(contents);
  const missing: string[] = [];
  const parts: string[] = [];
  const filled = fillUnchanged({
    block: block(
      lines,
      unresolved.map(([line, lookupKey]) => ({ line, lookupKey })),
    ),
    relation,
    async rows(requests) {
      more.asked?.(requests);
      return lookUp(requests);
    },
    sizes: async (requests) => requests.map(() => more.bytes ?? 10),
    maxPartBytes: more.maxPartBytes ?? 1000,
    rejected: async () => new Map(),
    onRejected: () => {},
    onMissing: (line, name) => missing.push(`${name}: ${line.toString()}`),
  });
  for await (const part of filled) parts.push(part.toString());
  return { parts, missing };
}

const row = (version: number, ...fields: string[]) => ({ version, fields });
const removal = (version: number) => ({ version, fields: null });

test('takes the value from the replica', async () => {
  expect(await fill(['1\t\\U\t9\t0'], [[0, '1']], { 1: [row(5, '1', 'old')] })).toEqual({
    parts: ['1\told\t9\t0\n'],
    missing: [],
  });
});

test('an earlier line of the block is newer than the replica, and nothing is asked for it', async () => {
  const asked: string[] = [];
  const { parts } = await fill(
    ['1\tnew\t8\t0', '1\t\\U\t9\t0'],
    [[1, '1']],
    { 1: [row(5, '1', 'old')] },
    { asked: (requests) => asked.push(...requests.map(({ key }) => key)) },
  );
  expect(parts).toEqual(['1\tnew\t8\t0\n1\tnew\t9\t0\n']);
  expect(asked).toEqual([]);
});

test('follows a row through a change of its key', async () => {
  const { parts } = await fill(
    ['1\t\\N\t8\t1', '2\t\\U\t8\t0', '2\t\\U\t9\t0'],
    [
      [1, '1'],
      [2, '2'],
    ],
    { 1: [row(5, '1', 'old')] },
  );
  expect(parts).toEqual(['1\t\\N\t8\t1\n2\told\t8\t0\n2\told\t9\t0\n']);
});

test('takes a line that was written before from where it was written, not from what is left of the old row', async () => {
  const { parts, missing } = await fill(['2\t\\U\t9\t0'], [[0, '1']], {
    1: [row(5, '1', 'older than the line stood on'), removal(9), row(15, '1', 'of another row')],
    2: [row(9, '2', 'right')],
  });
  expect(parts).toEqual(['2\tright\t9\t0\n']);
  expect(missing).toEqual([]);
});

test('drops a line that was written before and is merged away; what stands on it as well, unless it is still there', async () => {
  const { parts, missing } = await fill(
    ['2\t\\U\t9\t0', '2\t\\N\t11\t1', '3\t\\U\t11\t0', '4\t\\U\t11\t0'],
    [
      [0, '1'],
      [2, '2'],
      [3, '2'],
    ],
    { 1: [row(15, '1', 'of another row')], 2: [row(12, '2', 'of another row')], 3: [row(11, '3', 'right')] },
  );
  expect(parts).toEqual(['2\t\\N\t11\t1\n3\tright\t11\t0\n']);
  expect(missing).toEqual([]);
});

test('keeps a line that was not written before behind lines of its key that were, and are merged away', async () => {
  const { parts, missing } = await fill(
    ['1\t\\U\t6\t0', '1\t\\U\t7\t0', '1\t\\U\t8\t0', '1\t\\U\t9\t0'],
    [
      [0, '1'],
      [1, '1'],
      [2, '1'],
      [3, '1'],
    ],
    { 1: [row(7, '1', 'old')] },
  );
  expect(parts).toEqual(['1\told\t7\t0\n1\told\t8\t0\n1\told\t9\t0\n']);
  expect(missing).toEqual([]);
});

test('asks for each version of a key apart', async () => {
  const { parts } = await fill(
    ['1\t\\N\t8\t1', '5\t\\U\t8\t0', '2\t\\N\t9\t1', '1\t\\U\t9\t0'],
    [
      [1, '1'],
      [3, '2'],
    ],
    { 1: [row(5, '1', 'first')], 2: [row(6, '2', 'second')] },
  );
  expect(parts).toEqual(['1\t\\N\t8\t1\n5\tfirst\t8\t0\n2\t\\N\t9\t1\n1\tsecond\t9\t0\n']);
});

test('takes the line itself when it was written before and the old row is merged away', async () => {
  const { parts, missing } = await fill(['1\t\\N\t9\t1', '2\t\\U\t9\t0'], [[1, '1']], {
    1: [row(15, '1', 'of another row')],
    2: [row(9, '2', 'right')],
  });
  expect(parts).toEqual(['1\t\\N\t9\t1\n2\tright\t9\t0\n']);
  expect(missing).toEqual([]);
});

test('drops a line that was written before and whose row is gone by now', async () => {
  expect(await fill(['1\t\\U\t9\t0', '2\tb\t9\t0'], [[0, '1']], { 1: [removal(12)] })).toEqual({
    parts: ['2\tb\t9\t0\n'],
    missing: [],
  });
});

test('takes what the snapshot has under the new key when the old one was gone before its chunk was read', async () => {
  const { parts } = await fill(['2\t\\U\t9\t0'], [[0, '1']], { 2: [row(1, '2', 'copied')] });
  expect(parts).toEqual(['2\tcopied\t9\t0\n']);
});

test('takes no values of another row that had the new key', async () => {
  const { parts, missing } = await fill(['2\t\\U\t9\t0'], [[0, '1']], {
    1: [removal(3)],
    2: [row(1, '2', 'another')],
  });
  expect(parts).toEqual(['']);
  expect(missing).toEqual([]);
});

test('tells of a line whose row is nowhere', async () => {
  expect(await fill(['1\t\\U\t9\t0', '2\tb\t9\t0'], [[0, '1']], {})).toEqual({
    parts: ['2\tb\t9\t0\n'],
    missing: ['big: 1\t\\U\t9\t0\n'],
  });
});

test('cuts a block whose values are large into parts, which it looks up one after the other', async () => {
  const asked: number[] = [];
  const { parts } = await fill(
    ['1\t\\U\t9\t0', '2\t\\U\t10\t0', '3\t\\U\t11\t0', '4\tx\t12\t0'],
    [
      [0, '1'],
      [1, '2'],
      [2, '3'],
    ],
    { 1: [row(5, '1', 'a')], 2: [row(5, '2', 'b')], 3: [row(5, '3', 'c')] },
    { maxPartBytes: 1000, bytes: 480, asked: (requests) => asked.push(requests.length) },
  );
  expect(parts).toEqual(['1\ta\t9\t0\n2\tb\t10\t0\n', '3\tc\t11\t0\n4\tx\t12\t0\n']);
  expect(asked).toEqual([2, 1]);
});

test('keeps the bytes of values that are no valid UTF-8', async () => {
  const unresolved = [{ line: 1, lookupKey: '1' }];
  const bytes = Buffer.concat([
    Buffer.from('1\t'),
    Buffer.from([0xff, 0xc3, 0xa9]),
    Buffer.from('\t8\t0\n1\t\\U\t9\t0\n'),
  ]);
  const filled = fillUnchanged({
    block: { ...block([], unresolved), written: () => bytes },
    relation,
    rows: replica({}),
    sizes: async () => [0],
    maxPartBytes: 1000,
    onMissing: () => {},
    rejected: async () => new Map(),
    onRejected: () => {},
  });
  const parts: Buffer[] = [];
  for await (const part of filled) parts.push(part);
  expect(Buffer.concat(parts).toString('latin1')).toBe('1\t\xff\xc3\xa9\t8\t0\n1\t\xff\xc3\xa9\t9\t0\n');
});
