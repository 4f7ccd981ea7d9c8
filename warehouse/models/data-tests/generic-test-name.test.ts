import { expect, test } from 'vitest';
import { genericTestName } from './generic-test-name.ts';

// What dbt 1.10 gives the same declarations.
test.each([
  ['unique', { model: 'm' }, { column_name: 'id' }, 'unique_m_id'],
  ['not_null', { source: 'order', table: 'orders' }, { column_name: 'id' }, 'source_not_null_order_orders_id'],
  ['accepted_values', { model: 'm' }, { column_name: 's', values: ['a', 'b c'] }, 'accepted_values_m_s__a__b_c'],
  ['relationships', { model: 'm' }, { column_name: 'c', to: "ref('d')", field: 'id' }, 'relationships_m_c__id__ref_d_'],
  ['accepted_values', { model: 'm' }, { column_name: 's', values: [1], quote: false }, 'accepted_values_m_s__False__1'],
] as const)('%s', (name, subject, given, expected) => {
  expect(genericTestName(name, subject, given)).toBe(expected);
});
