import { expect, test } from 'vitest';
import { compareTypes } from './printed-types.ts';

const SAD = { part: 'label 1', text: 'sad 700', tables: [10, 11] };
const GLAD = { part: 'label 2', text: 'glad 700', tables: [10, 11] };
const PLACE = { part: 'attributes 5', text: '1:25', tables: [12] };

test.each([
  ['what is seen first', {}, [SAD, PLACE], [], { 'label 1': 'sad 700', 'attributes 5': '1:25' }],
  ['nothing', { 'label 1': 'sad 700' }, [SAD], [], null],
  ['a label that is added', { 'label 1': 'sad 700' }, [SAD, GLAD], [], { 'label 1': 'sad 700', 'label 2': 'glad 700' }],
  ['a label that is renamed', { 'label 1': 'blue 600' }, [SAD], [10, 11], { 'label 1': 'sad 700' }],
  ['one that is renamed to and fro', { 'label 1': 'sad 600' }, [SAD], [10, 11], { 'label 1': 'sad 700' }],
  ['an attribute that is gone', { 'attributes 5': '1:25,2:25' }, [PLACE], [12], { 'attributes 5': '1:25' }],
  [
    'a type that nobody uses any more',
    { 'label 1': 'sad 700', 'label 2': 'glad 700' },
    [SAD],
    [],
    { 'label 1': 'sad 700' },
  ],
])('%s', (_what, known, parts, altered, types) => {
  const compared = compareTypes(known, parts);
  expect([...compared.altered].sort()).toEqual(altered);
  expect(compared.types).toEqual(types);
});
