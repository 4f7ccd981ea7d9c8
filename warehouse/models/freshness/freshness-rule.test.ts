import { expect, test } from 'vitest';
import type { Properties, SourceProperties } from '../properties/properties.ts';
import { freshnessRules, freshnessStatus } from './freshness-rule.ts';

function rules(source: Partial<SourceProperties>) {
  const whole = { name: 'order', file: 'sources.yml', tables: [], ...source };
  return freshnessRules({ models: [], sources: [whole], unitTests: [], singularTests: [] } as Properties);
}
const table = (name: string, rest: object = {}) => ({ name, columns: [], tests: [], ...rest });
const hours = (count: number) => ({ count, period: 'hour' as const });

test('a table has the rule of its source, in part its own, or none', () => {
  const found = rules({
    freshness: { warn_after: hours(1), error_after: { count: 2, period: 'day' } },
    loaded_at_field: 'at',
    tables: [
      table('a'),
      table('b', { freshness: { warn_after: { count: 5, period: 'minute' } }, loaded_at_field: 'updated_at' }),
      table('c', { freshness: null }),
    ],
  });
  expect(found).toMatchObject([
    { name: 'freshness_order_a', loadedAt: 'at', warnAfterSeconds: 3_600, errorAfterSeconds: 172_800 },
    { name: 'freshness_order_b', loadedAt: 'updated_at', warnAfterSeconds: 300, errorAfterSeconds: 172_800 },
  ]);
});

test('nothing is checked where nothing is declared', () => {
  expect(rules({ tables: [table('a')] })).toEqual([]);
});

test('a rule without a limit, and dbt settings that would be passed over, are errors', () => {
  expect(() => rules({ freshness: {}, tables: [table('a')] })).toThrow(
    'sources.yml: order.a: freshness needs warn_after',
  );
  expect(() => rules({ freshness: {}, tables: [table('a', { loaded_at_query: 'select 1' })] })).toThrow(
    'loaded_at_query is not used here',
  );
});

test.each([
  [59, 'pass'],
  [61, 'warn'],
  [3_601, 'fail'],
  [null, 'fail'],
])('age %j: %s', (age, status) => {
  expect(freshnessStatus(age, { warnAfterSeconds: 60, errorAfterSeconds: 3_600 })).toBe(status);
});

test('without error_after it only warns', () => {
  expect(freshnessStatus(1e9, { warnAfterSeconds: 60, errorAfterSeconds: null })).toBe('warn');
});
