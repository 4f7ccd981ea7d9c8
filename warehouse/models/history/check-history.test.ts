import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { PlacedHistory } from './placed-history.ts';

const placed: PlacedHistory = {
  strategy: 'history',
  id: 'customers_history__versions',
  model: { name: 'customers_history', uniqueKey: ['id'], maintenance: null, description: '' },
  relation: 'customers',
  checked: null,
  validFrom: 'valid_from',
  validTo: 'valid_to',
};
const columnsOf = (...names: string[]) => names.map((name) => ({ name, type: 'String' }));

test('takes any columns that are not its own', () => {
  expect(() => checkHistory(placed, columnsOf('id', 'name'))).not.toThrow();
  expect(() => checkHistory({ ...placed, checked: ['name'] }, columnsOf('id', 'name'))).not.toThrow();
});

test.each(['valid_from', 'valid_to', 'is_current', '_from'])('refuses a model with a column %s', (name) => {
  expect(() => checkHistory(placed, columnsOf('id', name))).toThrow(
    `MR-MODEL-007: snapshot customers_history: customers has a column ${name}`,
  );
});

test('refuses to check a column that the model does not have, and names those that it has', () => {
  expect(() => checkHistory({ ...placed, checked: ['name', 'nam'] }, columnsOf('id', 'name'))).toThrow(
    'check_cols names nam; customers has id, name',
  );
});
