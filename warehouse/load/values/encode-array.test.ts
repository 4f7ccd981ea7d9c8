import { expect, test } from 'vitest';
import type { Column } from '../../../changelog/change.ts';
import { refusalOf } from '../replicas/refusal.ts';
import { columnType } from './column-type.ts';
import { encodeText } from './encode-value.ts';

const OIDS = {
  text: 25,
  integer: 23,
  boolean: 16,
  numeric: 1700,
  date: 1082,
  timestamptz: 1184,
  uuid: 2950,
  money: 790,
  box: 603,
};

function arrayColumn(name: keyof typeof OIDS, more: Partial<Column> = {}, delimiter = ','): Column {
  const type = { typeModifier: more.typeModifier ?? -1, typeKind: 'b' };
  return {
    name: 'c',
    typeOid: 1,
    typeName: `${name}[]`,
    ...type,
    ...more,
    element: { typeOid: OIDS[name], typeName: name, ...type, delimiter },
  };
}

const encode = (name: keyof typeof OIDS, text: string, more: Partial<Column> = {}): string | null =>
  encodeText(columnType(arrayColumn(name, more)), text);

test.each([
  ['{}', '[]'],
  ['{a,b}', "['a','b']"],
  ['{NULL,"NULL",null,""}', "[NULL,'NULL','null','']"],
  ["{it's}", "['it\\'s']"],
  ['{"a\\"b","c\\\\d","e,f","{g}"}', "['a\"b','c\\\\d','e,f','{g}']"],
  ['{"tab\there","line\nend","return\rhere"}', "['tab\\there','line\\nend','return\\rhere']"],
  ['{ünï,"日 本",😀}', "['ünï','日 本','😀']"],
  ['{"[0:1]={1,2}"}', "['[0:1]={1,2}']"],
])('an array of text %s', (postgres, clickhouse) => {
  expect(encode('text', postgres)).toBe(clickhouse);
});

test.each([
  ['integer', '{1,-2,NULL}', '[1,-2,NULL]'],
  ['boolean', '{t,f,NULL}', '[true,false,NULL]'],
  ['date', '{2024-02-29,NULL}', "['2024-02-29',NULL]"],
  ['timestamptz', '{"2024-02-29 01:02:03.4+00"}', "['2024-02-29 01:02:03.4']"],
  ['uuid', '{f47ac10b-58cc-4372-a567-0e02b2c3d479}', "['f47ac10b-58cc-4372-a567-0e02b2c3d479']"],
  ['money', '{$1.00,"-$1,234.50"}', '[1.00,-1234.50]'],
  ['numeric', '{1.0,NaN}', "['1.0','NaN']"],
] as const)('an array of %s: %s', (name, postgres, clickhouse) => {
  expect(encode(name, postgres)).toBe(clickhouse);
});

test('the delimiter is the type’s own', () => {
  const type = columnType(arrayColumn('box', {}, ';'));
  expect(encodeText(type, '{(1,1),(0,0);(2,2),(1,1);NULL}')).toBe("['(1,1),(0,0)','(2,2),(1,1)',NULL]");
});

const typmod = (precision: number, scale: number): number => ((precision << 16) | scale) + 4;

test.each([
  ['date', '{infinity}', {}, 'MR-LOAD-001'],
  ['date', '{2024-01-01,"0044-03-15 BC"}', {}, 'MR-LOAD-001'],
  ['timestamptz', '{"2024-02-29 01:02:03+05:30"}', {}, 'MR-LOAD-001'],
  ['numeric', '{1.00,NaN}', { typeModifier: typmod(5, 2) }, 'MR-LOAD-001'],
  ['numeric', '{1.234}', { targetType: 'Array(Decimal(5, 2))' }, 'MR-LOAD-012'],
  ['integer', '{{1,2},{3,4}}', {}, 'MR-LOAD-010'],
  ['integer', '[0:1]={1,2}', {}, 'MR-LOAD-011'],
  ['integer', '{1,2}', { targetType: 'Array(Array)' }, 'MR-LOAD-010'],
] as const)('refuses an array of %s: %s', (name, text, more, code) => {
  const type = columnType(arrayColumn(name, more));
  expect(encodeText(type, text)).toBe(null);
  expect(refusalOf(type, text).code).toBe(code);
});

test('takes as many dimensions as the configuration says', () => {
  expect(encode('text', '{{a,NULL},{"b c",d}}', { targetType: 'Array(Array(String))' })).toBe(
    "[['a',NULL],['b c','d']]",
  );
  expect(encode('integer', '{{{1},{2}}}', { targetType: 'Array(Array(Array))' })).toBe('[[[1],[2]]]');
  expect(encode('integer', '{}', { targetType: 'Array(Array)' })).toBe('[]');
  expect(encode('integer', '[0:0]={{1}}', { targetType: 'String' })).toBe('[0:0]={{1}}');
});

test('refuses text that ends too early instead of reading on', () => {
  for (const text of ['{', '{"a', '{a', '{"a\\', '{{a}', '']) expect(encode('text', text)).toBe(null);
});

test('never writes past the room that was reserved, whatever the elements', () => {
  for (const text of ["{',',','}", '{"\\\\","\\\\"}', '{a,b,c}', '{"\t","\n"}', "{''''''}"]) {
    const encoded = encode('text', text) as string;
    expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(3 * Buffer.byteLength(text));
  }
  expect((encode('boolean', '{f,f,f}') as string).length).toBeLessThanOrEqual(3 * '{f,f,f}'.length);
});
