import { expect, test } from 'vitest';
import { type Column, FIELD_NULL, FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../change.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { createEnvelopeEncoder } from './envelope.ts';
import { DEBEZIUM_ENVELOPE, DEFAULT_ENVELOPE, type EnvelopeOptions } from './envelope-options.ts';
import { createExceptionWriter } from './exceptions.ts';
import { createRowReader, type MessageParts } from './row-reader.ts';

/** Texts that Postgres writes (session in UTC, `intervalstyle` postgres), by type. */
const VALUES: readonly (readonly [oid: number, texts: readonly string[], more?: Partial<Column>])[] = [
  [25, ['', 'plain', 'a"b\\c\n\t\u0001\u007f', 'héllo 💶 \u2028', '__debezium_unavailable_value', 'null', '"after":{']],
  [16, ['t', 'f']],
  [20, ['9223372036854775807', '-1', '0']],
  [701, ['1e-40', '-0', 'NaN', '-Infinity', '1.7976931348623157e+308']],
  [1700, ['-0.10', '123456789012345678901234567890.000100', 'NaN', 'Infinity']],
  [17, ['\\x', '\\x00ff10abcd']],
  [1082, ['2024-02-29', '0044-03-15 BC', '0001-12-31 BC', '12024-02-29', 'infinity', '-infinity']],
  [1083, ['13:14:15.123456', '24:00:00', '00:00:00']],
  [1114, ['2024-02-29 13:14:15.5', '2024-02-29 00:00:00', '0044-03-15 00:00:00 BC', '294276-12-31 23:59:59.999999']],
  [1184, ['2024-02-29 13:14:15+00', '2024-02-29 13:14:15.1+00', '0044-03-15 10:00:00+00 BC', 'infinity'], {}],
  [1184, ['2024-02-29 13:14:15.123+00', '2024-02-29 13:14:10+00'], { typeModifier: 3 }],
  [1266, ['13:14:15.123456+02', '24:00:00-03:30']],
  [1186, ['1 year 2 mons -3 days +04:05:06.789', '00:00:00']],
  [790, ['-$1,234.50']],
  [600, ['(1.50,-2)']],
  [1560, ['1'], { typeModifier: 1 }],
  [1562, ['', '0010110']],
  [
    1000,
    ['{}', '[0:1]={1,NULL}', '{{1,2},{3,4}}'],
    { element: { typeOid: 23, typeModifier: -1, typeName: '', typeKind: 'b', delimiter: ',' } },
  ],
  [90_000, ['"a"=>"1", "b"=>NULL'], { typeName: 'hstore' }],
  [90_001, ['(1,"x ""y""")'], { typeKind: 'c' }],
];

const columns: Column[] = VALUES.map(([typeOid, , more], i) => ({
  name: i === 0 ? 'odd "name" é' : `c${i}`,
  typeOid,
  typeModifier: -1,
  typeName: '',
  typeKind: 'b',
  ...more,
}));
const relation: Relation = { oid: 1, source: 's', schema: 'public', table: 't', columns, keyColumns: [12, 0, 2] };

/** undefined: left out. */
function tupleOf(values: readonly (string | null | undefined)[]): Tuple {
  const bytes = Buffer.from(values.map((value) => value ?? '').join(''));
  const tuple: Tuple = {
    bytes,
    length: values.length,
    kinds: Uint8Array.from(values, (value) =>
      value === null ? FIELD_NULL : value === undefined ? FIELD_UNCHANGED : FIELD_TEXT,
    ),
    starts: new Int32Array(values.length),
    ends: new Int32Array(values.length),
  };
  let at = 0;
  for (const [i, value] of values.entries()) {
    tuple.starts[i] = at;
    at += Buffer.byteLength(value ?? '');
    tuple.ends[i] = at;
  }
  return tuple;
}

function valuesOf({ bytes, length, kinds, starts, ends }: Tuple): (string | null | undefined)[] {
  return Array.from({ length }, (_, i) => {
    if (kinds[i] === FIELD_NULL) return null;
    return kinds[i] === FIELD_UNCHANGED ? undefined : bytes.toString('utf8', starts[i], ends[i]);
  });
}

function writerAndReader(of: Relation, format: EnvelopeOptions) {
  const encoder = createEnvelopeEncoder({ relation: of, database: 'd', version: '1', format });
  const exceptions = createExceptionWriter(of, format);
  encoder.begin({
    timeMicros: 1n,
    commitLsn: 2n,
    previousCommitLsn: null,
    transactionId: 3,
    isSnapshot: false,
    madeAtMs: 4,
  });
  return { encoder, exceptions, reader: createRowReader(of, format) };
}

/** The parts as they stand in a record: behind each other, with something around them. */
function message(
  value: Buffer | null,
  key: Buffer | null = null,
  exceptions: Buffer | null = null,
  oldKey: Buffer | null = null,
): MessageParts {
  const around = Buffer.from('{"op":"x"}');
  const parts = [value, key, exceptions, oldKey];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = around.length;
  for (const part of parts) {
    starts.push(at);
    at += part?.length ?? 0;
    ends.push(part === null ? -1 : at);
    at += around.length;
  }
  const bytes = Buffer.concat([around, ...parts.flatMap((part) => [part ?? Buffer.alloc(0), around])]);
  const [valueStart = 0, keyStart = 0, exceptionsStart = 0, oldKeyStart = 0] = starts;
  const [valueEnd = 0, keyEnd = 0, exceptionsEnd = 0, oldKeyEnd = 0] = ends;
  const of = { bytes, valueStart, valueEnd, keyStart, keyEnd, exceptionsStart, exceptionsEnd, oldKeyStart, oldKeyEnd };
  return { ...of, oldExceptionsStart: exceptionsStart, oldExceptionsEnd: exceptionsEnd };
}

const FORMATS = {
  ours: DEFAULT_ENVELOPE,
  debezium: DEBEZIUM_ENVELOPE,
  other: { ...DEFAULT_ENVELOPE, decimal: 'double', binary: 'hex', hstore: 'map', interval: 'numeric' },
} as const;

test.each(Object.entries(FORMATS))('reads rows back to the letter: %s', (_name, format) => {
  const { encoder, exceptions, reader } = writerAndReader(relation, format);
  const longest = Math.max(...VALUES.map(([, texts]) => texts.length));
  for (let n = -2; n < longest; n++) {
    const values = VALUES.map(([, texts]) => (n === -2 ? null : n === -1 ? undefined : texts[n % texts.length]));
    const row = tupleOf(values);
    for (const before of [null, row]) {
      const out = new ByteSink(16);
      encoder.value(out, 'u', before, row, { total: 1, inTable: 1 });
      expect(() => JSON.parse(out.written().toString())).not.toThrow();
      const written = message(out.written(), null, exceptions.write(row, false));
      expect(reader.operation(written)).toBe('u');
      expect(valuesOf(reader.after(written))).toEqual(values);
    }
    if (n < 0) continue;
    const key = new ByteSink(16);
    encoder.key(key, row);
    const expected = values.map((value, i) => (relation.keyColumns.includes(i) ? value : null));
    const kept = exceptions.write(row, true);
    expect(valuesOf(reader.key(message(null, key.written(), kept)))).toEqual(expected);
    expect(valuesOf(reader.oldKey(message(null, null, kept, key.written())))).toEqual(expected);
  }
});

test('reads the id of a row without a key out of the message’s key', () => {
  const id: Column = { name: 'id', typeOid: 25, typeModifier: -1, typeName: 'text', typeKind: 'b' };
  const of: Relation = { ...relation, columns: [columns[2] as Column, id], keyColumns: [1], hasRowId: true };
  const { encoder, reader } = writerAndReader(of, DEFAULT_ENVELOPE);
  const row = tupleOf(['7', 'x/1']);
  const [value, key] = [new ByteSink(16), new ByteSink(16)];
  encoder.value(value, 'c', null, row, { total: 1, inTable: 1 });
  encoder.key(key, row);
  expect(JSON.parse(value.written().toString()).after).toEqual({ c2: 7 });
  expect(valuesOf(reader.after(message(value.written(), key.written())))).toEqual(['7', 'x/1']);
  expect(valuesOf(reader.after(message(value.written())))).toEqual(['7', null]);
});

test('refuses what is cut off or of another shape', () => {
  const { encoder, exceptions, reader } = writerAndReader(relation, DEFAULT_ENVELOPE);
  const row = tupleOf(VALUES.map(([, texts]) => texts[0]));
  const out = new ByteSink(16);
  encoder.value(out, 'c', null, row, { total: 1, inTable: 1 });
  const end = out.written().indexOf('"source"');
  for (let length = 0; length < end - 2; length += 7) {
    const cut = message(out.written().subarray(0, length), null, exceptions.write(row, false));
    expect(() => reader.after(cut), `${length} bytes`).toThrow(RangeError);
  }
  const other = createRowReader({ ...relation, columns: columns.slice(1) }, DEFAULT_ENVELOPE);
  expect(() => other.after(message(out.written()))).toThrow(RangeError);
  expect(() => reader.operation(message(out.written().subarray(0, end)))).toThrow(RangeError);
  expect(() => reader.key(message(out.written()))).toThrow(RangeError);
});

test('leaves values that stand in the JSON as they are where they are', () => {
  const of: Relation = { ...relation, columns: [columns[2] as Column, columns[0] as Column], keyColumns: [0] };
  const { encoder, reader } = writerAndReader(of, DEFAULT_ENVELOPE);
  for (const [text, isInPlace] of [
    ['plain', true],
    ['with "quotes"', false],
  ] as const) {
    const value = new ByteSink(16);
    encoder.value(value, 'c', null, tupleOf(['7', text]), { total: 1, inTable: 1 });
    const written = message(value.written());
    const read = reader.after(written);
    expect(valuesOf(read)).toEqual(['7', text]);
    expect(read.bytes === written.bytes).toBe(isInPlace);
  }
});
