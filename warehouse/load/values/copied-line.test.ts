import { expect, test } from 'vitest';
import type { Relation } from '../../../changelog/change.ts';
import { createRandom } from '../../testing/random.ts';
import { relationOf, tupleOf } from '../../testing/tuples.ts';
import { createSnapshotBlock } from './snapshot-block.ts';

const relation: Relation = relationOf('s', 't', {
  id: 'bigint',
  note: 'text',
  at: 'timestamptz',
  amount: 'numeric(14,2)',
  last: 'text',
});
const version = { epoch: 1, commitLsn: 7n, ordinal: 0 };

/** A line as Postgres's COPY writes it (CopyAttributeOutText in src/backend/commands/copyto.c). */
function copyLine(values: readonly (string | null)[]): Buffer {
  const letters: Record<string, string> = { '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v' };
  const fields = values.map((value) =>
    value === null ? '\\N' : value.replace(/[\b\f\n\r\t\v\\]/g, (c) => `\\${letters[c] ?? c}`),
  );
  return Buffer.from(`${fields.join('\t')}\n`);
}

/** Values of TabSeparated lines. */
function readBack(text: string): (string | null)[][] {
  const letters: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) =>
    line
      .split('\t')
      .map((field) => (field === '\\N' ? null : field.replace(/\\(.)/g, (_, c: string) => letters[c] ?? c))),
  );
}

/** The line in the middle of other bytes, as it arrives. */
function takes(values: readonly (string | null)[]): string | false {
  const line = copyLine(values);
  const block = createSnapshotBlock(relation, version);
  const bytes = Buffer.concat([Buffer.from('5\t'), line, Buffer.from('\t\\N\n')]);
  return block.line?.(bytes, 2, 2 + line.length) === true && block.written().toString();
}

test('writes what the row path writes, with all escapes, or leaves the row to it', () => {
  const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = createRandom(seed);
  const pieces = [
    'a',
    'ü',
    '😀',
    '\t',
    '\n',
    '\\',
    '\\N',
    '\r',
    '\b',
    '\f',
    '\v',
    '\\.',
    '"',
    'x'.repeat(95),
    'y'.repeat(400),
  ];
  const text = (): string => Array.from({ length: random.below(6) }, () => random.pick(pieces)).join('');
  const times = [
    '2024-01-02 03:04:05+00',
    '1900-01-01 00:00:00.000001+00',
    'infinity',
    '0044-03-15 00:00:00+00 BC',
    '2024-01-02 03:04:05+05:30',
    '12024-01-01 00:00:00+00',
  ];
  let taken = 0;
  for (let i = 0; i < 3000; i++) {
    const values = [
      String(i),
      random.below(5) === 0 ? null : text(),
      random.below(5) === 0 ? null : random.pick(times),
      random.below(5) === 0 ? null : random.pick(['1.50', '-0.01', 'NaN', '-Infinity', 'Infinity']),
      random.below(5) === 0 ? null : text(),
    ];
    const byRow = createSnapshotBlock(relation, version);
    byRow.row(tupleOf(values));
    const written = takes(values);
    const detail = `seed ${seed}, ${JSON.stringify(values)}`;
    expect(written !== false, detail).toBe(byRow.rows === 1);
    if (written === false) continue;
    taken++;
    expect(readBack(written), detail).toEqual(readBack(byRow.written().toString()));
    expect(readBack(written)[0]?.[1], detail).toBe(values[1]);
  }
  expect(taken).toBeGreaterThan(500);
});

test('leaves a line of another shape to the row path and writes nothing of it', () => {
  const block = createSnapshotBlock(relation, version);
  for (const line of [
    '1\ta\t\\N\t\\N\tb\tc\n',
    '1\ta\t\\N\t\\N\n',
    '\n',
    '1\ta\t\\N\t\\N\tb',
    `1\t${'x'.repeat(500)}\n`,
  ]) {
    const bytes = Buffer.from(line);
    expect(block.line?.(bytes, 0, bytes.length), JSON.stringify(line)).toBe(false);
  }
  expect(block.written().length).toBe(0);
  expect(block.rows).toBe(0);
});

test('counts rows of both paths in one block', () => {
  const block = createSnapshotBlock(relation, version);
  const line = copyLine(['1', 'a', null, '1.00', 'b']);
  expect(block.line?.(line, 0, line.length)).toBe(true);
  block.row(tupleOf(['2', 'c', null, null, 'd']));
  expect(block.rows).toBe(2);
  expect(block.written().toString()).toBe('1\ta\t\\N\t1.00\tb\n2\tc\t\\N\t\\N\td\n');
});

test('rewrites what TabSeparated has otherwise, as the row path does', () => {
  const money: Relation = {
    ...relation,
    columns: [
      ...relation.columns.slice(0, 1),
      { name: 'price', typeOid: 790, typeModifier: -1, typeName: 'money', typeKind: 'b' },
      ...relation.columns.slice(4),
    ],
  };
  for (const price of ['$1.50', '-$1,234,567.89', '$0.00', '$92,233,720,368,547,758.07', null]) {
    const block = createSnapshotBlock(money, version);
    const line = copyLine(['1', price, 'x']);
    expect(block.line?.(line, 0, line.length), String(price)).toBe(true);
    const byRow = createSnapshotBlock(money, version);
    byRow.row(tupleOf(['1', price, 'x']));
    expect(block.written().toString()).toBe(byRow.written().toString());
  }
});
