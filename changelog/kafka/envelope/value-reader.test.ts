import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Column } from '../../change.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { DEBEZIUM_ENVELOPE, DEFAULT_ENVELOPE, type EnvelopeOptions } from './envelope-options.ts';
import { placeholdersOf, valueReaderOf } from './value-reader.ts';
import { valueWriterOf } from './value-writer.ts';

function column(typeOid: number, more: Partial<Column> = {}): Column {
  return { name: 'c', typeOid, typeModifier: -1, typeName: '', typeKind: 'b', ...more };
}

function arrayOf(typeOid: number, delimiter = ','): Column {
  return column(0, { element: { typeOid, typeModifier: -1, typeName: '', typeKind: 'b', delimiter } });
}

/** The JSON stands between others, as it does in a message. */
function read(of: Column, json: string, options: EnvelopeOptions = DEBEZIUM_ENVELOPE): string {
  const out = new ByteSink(1);
  const bytes = Buffer.from(`"a":${json},"b":1}`);
  valueReaderOf(of, options)(out, bytes, 4, bytes.length - 7);
  return out.written().toString();
}

function written(of: Column, text: string, options: EnvelopeOptions): string {
  const out = new ByteSink(1);
  const bytes = Buffer.from(text);
  valueWriterOf(of, options)(out, bytes, 0, bytes.length);
  return out.written().toString();
}

const numeric = (precision: number, scale: number): Column =>
  column(1700, { typeModifier: ((precision << 16) | scale) + 4 });
const HSTORE = column(99_999, { typeName: 'public.hstore' });

const FORMATS: Readonly<Record<string, EnvelopeOptions>> = {
  exact: DEFAULT_ENVELOPE,
  debezium: DEBEZIUM_ENVELOPE,
  other: { decimal: 'double', time: 'adaptive', interval: 'string', binary: 'hex', hstore: 'map' },
};

/** Text as Postgres prints it, which every format tells to the letter. */
const KEPT: readonly [string, Column, readonly string[]][] = [
  ['bool', column(16), ['t', 'f']],
  ['int8', column(20), ['0', '-9223372036854775808', '9223372036854775807']],
  [
    'float8',
    column(701),
    [
      '0',
      '-0',
      '0.1',
      '-12.5',
      '1e-40',
      '1.7976931348623157e+308',
      '1e+15',
      '123456789012345',
      '0.0001',
      '1e-05',
      'NaN',
      '-Infinity',
    ],
  ],
  ['float4', column(700), ['1.5', '1e-40', '123456', '1e+06', '3.4028235e+38', '0.1']],
  ['numeric(12,2)', numeric(12, 2), ['0.00', '-0.10', '1234567890.12', '128.00', '-1.28']],
  ['numeric(10,0)', numeric(10, 0), ['42', '-1', '0']],
  ['money', column(790), ['$0.00', '-$1,234.50', '$1,234,567.89']],
  ['bytea', column(17), ['\\x', '\\x00ff10']],
  ['date', column(1082), ['2024-02-29', '0001-01-01', '0044-03-15 BC', '12024-12-31', '1969-12-31']],
  ['time', column(1083), ['00:00:00', '13:14:15.123456', '13:14:15.1', '23:59:59']],
  [
    'timestamp',
    column(1114),
    ['2024-02-29 13:14:15.123456', '1969-12-31 23:59:59.999999', '0044-03-15 00:00:00 BC', '2024-02-29 13:14:15'],
  ],
  ['timestamp(3)', column(1114, { typeModifier: 3 }), ['2024-02-29 13:14:15.12', '1969-12-31 23:59:59.999']],
  [
    'timestamptz',
    column(1184),
    ['2024-02-29 13:14:15.1+00', '9999-12-31 23:59:59.999999+00', '-infinity', '0044-03-15 00:00:00+00 BC'],
  ],
  ['point', column(600), ['(1.5,-2)', '(0,1e-05)']],
  ['bit(3)', column(1560, { typeModifier: 3 }), ['101', '001', '000']],
  ['bit(1)', column(1560, { typeModifier: 1 }), ['1', '0']],
  ['text', column(25), ['', 'a"b\\c\n\t\u0001', 'héllo 💶', 'null']],
  ['hstore', HSTORE, ['', '"a"=>"1", "b"=>NULL, "c d"=>"x\\"y\\\\"']],
  ['int4[]', arrayOf(23), ['{}', '{1,NULL,-3}', '{{1,2},{3,4}}']],
  ['text[]', arrayOf(25), ['{a,"b,c",NULL,"NULL","","q\\"x\\\\","{}"," "}']],
  ['timestamptz[]', arrayOf(1184), ['{"2024-02-29 13:14:15+00"}']],
  ['date[]', arrayOf(1082), ['{2024-02-29,NULL}']],
  ['numeric[]', column(0, { element: { ...numeric(10, 2), delimiter: ',' } }), ['{1.10,2.00}']],
  ['box[]', arrayOf(603, ';'), ['{(1,1),(0,0);(2,2),(1,1)}']],
];

for (const [name, format] of Object.entries(FORMATS)) {
  for (const [type, of, texts] of KEPT) {
    test(`reads ${type} back as Postgres prints it when it was written in the format ${name}`, () => {
      for (const text of texts) expect(read(of, written(of, text, format), format), text).toBe(text);
    });
  }
}

test('reads intervals back when they are written as ISO 8601, and as hours when months were lost', () => {
  for (const text of [
    '1 year 2 mons 3 days 04:05:06.789',
    '-1 years -2 mons +3 days -04:05:06',
    '00:00:00',
    '-00:00:01.5',
    '1 day',
  ]) {
    expect(read(column(1186), written(column(1186), text, DEFAULT_ENVELOPE)), text).toBe(text);
  }
  expect(read(column(1186), '37091106789000')).toBe('10303:05:06.789');
});

test('reads numbers by their digits, not as doubles', () => {
  const string = { ...DEBEZIUM_ENVELOPE, decimal: 'string' } as const;
  expect(read(column(1700), '"123456789012345678901234567890.000100"', string)).toBe(
    '123456789012345678901234567890.000100',
  );
  expect(read(column(20), '9007199254740993')).toBe('9007199254740993');
  const double = { ...DEBEZIUM_ENVELOPE, decimal: 'double' } as const;
  expect(read(numeric(12, 2), '1.23456789012E9', double)).toBe('1234567890.12');
  expect(read(numeric(12, 2), '42.0', double)).toBe('42.00');
  expect(read(column(1700), '1.5E-7', double)).toBe('0.00000015');
  expect(read(column(1700), '"NAN"', string)).toBe('NaN');
  expect(read(column(1700), '{"scale":4,"value":"PN5v/5cy3oJc0H6WqyE="}')).toBe('123456789012345678901234567890.0001');
});

test('reads what Debezium makes of infinite timestamps', () => {
  expect(read(column(1114), '9223372036854775807')).toBe('infinity');
  const iso = { ...DEBEZIUM_ENVELOPE, time: 'isostring' } as const;
  expect(read(column(1114), '"+292278994-08-16T23:00:00Z"', iso)).toBe('infinity');
});

test('reads every escape of a string', () => {
  expect(read(column(25), '"\\u00e9\\ud83d\\udcb6\\/\\b"')).toBe('é💶/\b');
});

test('refuses what is no value of the type, without telling it', () => {
  for (const [of, json] of [
    [column(23), '"secret"'],
    [column(23), '1.5'],
    [column(25), '{"a":1}'],
    [column(16), '1'],
    [column(1082), '"secret"'],
    [column(1700), '{"a":"secret"}'],
    [arrayOf(23), '"secret"'],
    [column(1186), '"secret"'],
    [HSTORE, '"secret"'],
  ] as const) {
    expect(() => read(of, json), json).toThrow(RangeError);
    expect(() => read(of, json), json).not.toThrow(/secret/);
  }
});

test('knows each form of a value that was left out, as Debezium has written it', () => {
  const lines = readFileSync(join(import.meta.dirname, '../../../test/kafka/fixture/debezium.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const left = lines.filter((line) => line.includes('"big_ta":["__debezium_unavailable_value"]'));
  expect(left.length).toBeGreaterThan(2);
  const columns = {
    big_text: column(25),
    big_bytea: column(17),
    big_jsonb: column(3802),
    big_ta: arrayOf(25),
    big_ia: arrayOf(23),
  };
  for (const line of left) {
    const { after } = JSON.parse(line).value as { after: Record<string, unknown> };
    for (const [name, of] of Object.entries(columns)) {
      if (after[name] === 'short') continue;
      const forms = placeholdersOf(of).map((form) => form.toString());
      expect(forms, name).toContain(JSON.stringify(after[name]));
    }
  }
});
