import { expect, test } from 'vitest';
import { NumberText } from '../http/exact-json.ts';
import { csvLine } from './csv.ts';
import { cellsOf, elementsOf, JsonCell } from './json-rows.ts';
import { collectColumns } from './row-columns.ts';

test('rows are found whatever their texts hold', () => {
  const rows = [{ a: '],[{"' }, { a: '\\', b: [1, { c: '}' }] }, { 'ü"': null }];
  expect([...elementsOf(JSON.stringify(rows))].map((text) => JSON.parse(text))).toEqual(rows);
  expect([...elementsOf('[]')]).toEqual([]);
});

test('numbers keep every digit, members of members have a dot, lists stay JSON', () => {
  const row =
    '{"n":12345678901234567890.10,"previous":{"units":-0.50,"none":null},"list":[1.10,{"x":"y"}],"is":true,"t":"é"}';
  expect([...cellsOf(row)]).toEqual([
    ['n', new NumberText('12345678901234567890.10')],
    ['previous.units', new NumberText('-0.50')],
    ['previous.none', null],
    ['list', new JsonCell('[1.10,{"x":"y"}]')],
    ['is', true],
    ['t', 'é'],
  ]);
});

test('quotes what RFC 4180 wants quoted, and tells nothing from an empty text', () => {
  expect(csvLine([null, '', 'a,b', 'say "x"', 'two\nlines', ' blank', 'é', new NumberText('1.50'), false])).toBe(
    ',"","a,b","say ""x""","two\nlines"," blank",é,1.50,false',
  );
});

const SCHEMA = {
  properties: {
    day: { type: 'string', format: 'date' },
    at: { type: ['string', 'null'], format: 'date-time' },
    units: { type: 'integer' },
    amount: { type: 'number' },
    share: { type: ['number', 'null'], 'x-places': 4 },
    fit: { type: 'number', format: 'double' },
    is: { type: 'boolean' },
    name: { type: 'string' },
    previous: { type: 'object', properties: { amount: { type: 'number' } } },
  },
};

const types = (...rows: string[]) => {
  const collected = collectColumns(SCHEMA);
  for (const row of rows) collected.add(cellsOf(row));
  return Object.fromEntries(collected.columns().map(({ name, type }) => [name, type]));
};

test('types are those of the schema, also without rows', () => {
  const expected = {
    day: 'Date32',
    at: "DateTime64(6, 'UTC')",
    units: 'Int64',
    amount: 'Decimal(38, 2)',
    share: 'Decimal(38, 4)',
    fit: 'Float64',
    is: 'Bool',
    name: 'String',
    'previous.amount': 'Decimal(38, 2)',
  };
  expect(types()).toEqual(expected);
  expect(
    types(
      '{"day":"2026-01-01","at":null,"units":1,"amount":1,"share":null,"fit":1,"is":true,"name":"","previous":{"amount":1.5}}',
    ),
  ).toEqual(expected);
});

test('a type becomes wider rather than lose a digit', () => {
  expect(types('{"amount":1.125,"units":9223372036854775808}', '{"amount":1.1,"share":1e-7}')).toEqual({
    amount: 'Decimal(38, 3)',
    units: 'Decimal(76, 0)',
    share: 'Float64',
  });
  expect(types(`{"amount":${'9'.repeat(37)}.00}`)).toEqual({ amount: 'Decimal(76, 2)' });
});

test('what the schema does not say is as it is', () => {
  expect(types('{"x":1,"y":1.50,"z":"a","list":[1]}', '{"z":2,"is":"yes"}')).toEqual({
    x: 'Int64',
    y: 'Decimal(38, 2)',
    z: 'String',
    list: 'String',
    is: 'String',
  });
});
