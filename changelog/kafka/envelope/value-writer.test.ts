import { expect, test } from 'vitest';
import type { Column } from '../../change.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { DEBEZIUM_ENVELOPE, DEFAULT_ENVELOPE, type EnvelopeOptions } from './envelope-options.ts';
import { writeJsonString } from './json-text.ts';
import { unavailableOf, valueWriterOf } from './value-writer.ts';

function column(typeOid: number, more: Partial<Column> = {}): Column {
  return { name: 'c', typeOid, typeModifier: -1, typeName: '', typeKind: 'b', ...more };
}

function arrayOf(typeOid: number, delimiter = ','): Column {
  return column(0, { element: { typeOid, typeModifier: -1, typeName: '', typeKind: 'b', delimiter } });
}

/** The text stands between others, as it does in a message. */
function written(of: Column, text: string, options: EnvelopeOptions = DEFAULT_ENVELOPE): string {
  const out = new ByteSink(1);
  const bytes = Buffer.from(`<<${text}>>`);
  valueWriterOf(of, options)(out, bytes, 2, bytes.length - 2);
  const json = out.written().toString();
  expect(() => JSON.parse(json)).not.toThrow();
  return json;
}

test('writes text with every escape that JSON needs, and others as they are', () => {
  for (const text of ['', 'plain', 'a"b\\c\n\t\r\b\f\u0000\u001f', 'héllo 💶', '\u2028']) {
    expect(JSON.parse(written(column(25), text))).toBe(text);
  }
});

test('writes exact decimals by default, and as Debezium does when told so', () => {
  const money = ((12 << 16) | 2) + 4;
  expect(written(column(1700), '-0.10')).toBe('"-0.10"');
  const precise = (text: string, typeModifier = money): string =>
    written(column(1700, { typeModifier }), text, DEBEZIUM_ENVELOPE);
  expect(precise('0.10')).toBe('"Cg=="');
  expect(precise('1.28')).toBe('"AIA="'); // 128 needs a byte for its sign
  expect(precise('-1.28')).toBe('"gA=="');
  expect(precise('-1.00')).toBe('"nA=="');
  expect(precise('100', -1)).toBe('{"scale":0,"value":"ZA=="}');
  expect(precise('1.500', -1)).toBe('{"scale":1,"value":"Dw=="}');
  expect(precise('NaN')).toBe('"NaN"');
  const double = { ...DEFAULT_ENVELOPE, decimal: 'double' } as const;
  expect(written(column(1700), '-12.50', double)).toBe('-12.50');
  expect(written(column(1700), '-Infinity', double)).toBe('"-Infinity"');
  expect(written(column(790), '-$1,234.50')).toBe('"-1234.50"');
});

test('writes floats as numbers, and what JSON has no number for as text', () => {
  for (const text of ['0', '-0', '1e-40', '1.7976931348623157e+308', '-12.5'])
    expect(written(column(701), text)).toBe(text);
  for (const text of ['NaN', 'Infinity', '-Infinity']) expect(written(column(701), text)).toBe(`"${text}"`);
});

test('writes dates and times as ISO 8601', () => {
  expect(written(column(1082), '2024-02-29')).toBe('"2024-02-29Z"');
  expect(written(column(1082), '0044-03-15 BC')).toBe('"-0043-03-15Z"');
  expect(written(column(1082), '0001-12-31 BC')).toBe('"0000-12-31Z"');
  expect(written(column(1082), '12024-02-29')).toBe('"+12024-02-29Z"');
  expect(written(column(1082), '-infinity')).toBe('"-infinity"');
  expect(written(column(1083), '24:00:00')).toBe('"24:00:00Z"');
  expect(written(column(1114), '2024-02-29 13:14:15.5')).toBe('"2024-02-29T13:14:15.5Z"');
  expect(written(column(1184), '2024-02-29 13:14:15+00')).toBe('"2024-02-29T13:14:15.000000Z"');
  expect(written(column(1184), '2024-02-29 13:14:15.1+00')).toBe('"2024-02-29T13:14:15.100000Z"');
  expect(written(column(1184, { typeModifier: 0 }), '0044-03-15 00:00:00+00 BC')).toBe('"-0043-03-15T00:00:00Z"');
  expect(written(column(1184), 'infinity')).toBe('"infinity"');
  expect(written(column(1266), '23:30:00.25-02:30')).toBe('"02:00:00.25Z"');
  expect(written(column(1266), '00:30:00+01')).toBe('"23:30:00Z"');
});

test('writes dates and times as numbers when told so', () => {
  expect(written(column(1082), '1969-12-31', DEBEZIUM_ENVELOPE)).toBe('-1');
  expect(written(column(1082), '0001-01-01', DEBEZIUM_ENVELOPE)).toBe('-719162');
  expect(written(column(1083), '24:00:00', DEBEZIUM_ENVELOPE)).toBe('86400000000');
  expect(written(column(1114), '1969-12-31 23:59:59.999999', DEBEZIUM_ENVELOPE)).toBe('-1');
  expect(written(column(1114, { typeModifier: 3 }), '1969-12-31 23:59:59.999', DEBEZIUM_ENVELOPE)).toBe('-1');
  expect(written(column(1114), '294276-12-31 23:59:59.999999', DEBEZIUM_ENVELOPE)).toBe('9224318015999999999');
});

test('writes intervals with the sign of each field', () => {
  expect(written(column(1186), '1 year 2 mons -3 days +04:05:06.789')).toBe('"P1Y2M-3DT4H5M6.789S"');
  expect(written(column(1186), '-00:00:01.5')).toBe('"P0Y0M0DT-0H-0M-1.5S"');
  expect(written(column(1186), '00:00:00')).toBe('"P0Y0M0DT0H0M0S"');
  expect(written(column(1186), '-infinity')).toBe('"-infinity"');
  expect(written(column(1186), '-1 mons', DEBEZIUM_ENVELOPE)).toBe('-2629800000000');
});

test('writes arrays as deep as they are, with their elements by their own rules', () => {
  expect(written(arrayOf(23), '{}')).toBe('[]');
  expect(written(arrayOf(23), '{1,NULL,-3}')).toBe('[1,null,-3]');
  expect(written(arrayOf(23), '{{1,2},{3,4}}')).toBe('[[1,2],[3,4]]');
  expect(written(arrayOf(23), '[0:1]={1,2}')).toBe('[1,2]');
  expect(JSON.parse(written(arrayOf(25), '{a,"b,c",NULL,"NULL","","q\\"x\\\\"}'))).toEqual([
    'a',
    'b,c',
    null,
    'NULL',
    '',
    'q"x\\',
  ]);
  expect(written(arrayOf(603, ';'), '{(1,1),(0,0);(2,2),(1,1)}')).toBe('["(1,1),(0,0)","(2,2),(1,1)"]');
  expect(written(arrayOf(1184), '{"2024-02-29 13:14:15+00"}')).toBe('["2024-02-29T13:14:15.000000Z"]');
});

test('writes bytes and bits in base64', () => {
  expect(written(column(17), '\\x')).toBe('""');
  expect(written(column(17), '\\x00ff')).toBe('"AP8="');
  expect(written(column(17), '\\x00ff', { ...DEFAULT_ENVELOPE, binary: 'hex' })).toBe('"00ff"');
  expect(written(column(1560, { typeModifier: 1 }), '1')).toBe('true');
  expect(written(column(1562), '100000001')).toBe('"AQE="');
});

test('says of a value that was left out that it was, in the shape of its column', () => {
  expect(unavailableOf(column(25), DEFAULT_ENVELOPE).toString()).toBe('"__debezium_unavailable_value"');
  expect(unavailableOf(arrayOf(23), DEFAULT_ENVELOPE).toString()).toBe('["__debezium_unavailable_value"]');
  const bytes = JSON.parse(unavailableOf(column(17), DEFAULT_ENVELOPE).toString());
  expect(Buffer.from(bytes, 'base64').toString()).toBe('__debezium_unavailable_value');
});

test('texts of any length are written whole, whatever has to be escaped where', () => {
  for (const length of [4_095, 4_096, 4_097, 8_192, 20_000]) {
    for (const unit of ['a', '"', '\\', '\n', '\u0001', 'ä', 'a"\u0001é\t']) {
      const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      const bytes = Buffer.from(`xx${text}yy`);
      const out = new ByteSink(1);
      writeJsonString(out, bytes, 2, bytes.length - 2);
      expect(JSON.parse(out.written().toString()) === text, `${length} of ${JSON.stringify(unit)}`).toBe(true);
    }
  }
});
