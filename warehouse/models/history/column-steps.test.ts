import { expect, test } from 'vitest';
import { columnSteps, commonKey, GONE, UNFILLED } from './column-steps.ts';

const stored = [
  { name: 'id', type: 'Int64', comment: '' },
  { name: 'name', type: 'String', comment: '' },
];
const nullable = new Map([
  ['String', 'Nullable(String)'],
  ['Int32', 'Nullable(Int32)'],
]);
const options = { stored, key: ['id'], common: new Map<string, string | null>(), nullable };
const id = { name: 'id', type: 'Int64' };
const name = { name: 'name', type: 'String' };

test('nothing is done to what fits', () => {
  expect(columnSteps({ ...options, wanted: [name, id] })).toEqual([]);
});

test('a new column is NULL in the versions that there are, or empty where it cannot be', () => {
  const wanted = [id, name, { name: 'age', type: 'Int32' }, { name: 'tags', type: 'Array(String)' }];
  expect(columnSteps({ ...options, wanted })).toEqual([
    { kind: 'add', name: 'age', type: 'Nullable(Int32)' },
    { kind: 'add', name: 'tags', type: 'Array(String)' },
  ]);
});

test('a column that is gone stays, and comes back as one that the versions lack', () => {
  expect(columnSteps({ ...options, wanted: [id] })).toEqual([
    { kind: 'modify', name: 'name', type: 'Nullable(String)' },
    { kind: 'comment', name: 'name', comment: GONE },
  ]);
  const gone = [...stored.slice(0, 1), { name: 'name', type: 'Nullable(String)', comment: GONE }];
  expect(columnSteps({ ...options, stored: gone, wanted: [id] })).toEqual([]);
  const common = new Map([[commonKey('Nullable(String)', 'String'), 'Nullable(String)']]);
  expect(columnSteps({ ...options, stored: gone, wanted: [id, name], common })).toEqual([
    { kind: 'comment', name: 'name', comment: UNFILLED },
  ]);
});

test('a type gives way to one that holds the values of both', () => {
  const wanted = [id, { name: 'name', type: 'LowCardinality(String)' }];
  const common = new Map([[commonKey('String', 'LowCardinality(String)'), 'String']]);
  expect(columnSteps({ ...options, wanted, common })).toEqual([]);
  const wider = new Map([[commonKey('String', 'LowCardinality(String)'), 'Nullable(String)']]);
  expect(columnSteps({ ...options, wanted, common: wider })).toEqual([
    { kind: 'modify', name: 'name', type: 'Nullable(String)' },
  ]);
});

test('where no type holds both, the former values are kept under another name', () => {
  const wanted = [id, { name: 'name', type: 'Int32' }];
  const common = new Map([[commonKey('String', 'Int32'), null]]);
  const taken = { name: 'name__was_string', type: 'String', comment: GONE };
  expect(columnSteps({ ...options, stored: [...stored, taken], wanted, common })).toEqual([
    { kind: 'rename', name: 'name', to: 'name__was_string_2' },
    { kind: 'comment', name: 'name__was_string_2', comment: GONE },
    { kind: 'modify', name: 'name__was_string_2', type: 'Nullable(String)' },
    { kind: 'add', name: 'name', type: 'Nullable(Int32)' },
  ]);
});
