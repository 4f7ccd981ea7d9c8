import { expect, test } from 'vitest';
import { fitsJson } from './json-rules.ts';

test.each([
  '{}',
  '{"a": 1, "b": -9223372036854775808, "c": 18446744073709551615}',
  '{"a": 0.30000000000000004, "b": 1.50, "c": 1e3, "d": -0, "e": 0.00}',
  '{"a": [1, null, {"b": "x.y: z"}], "c": {"a": "\\"quoted\\": \\\\"}}',
])('JSON of the warehouse holds %s', (text) => {
  expect(fitsJson(text)).toBe(true);
});

test.each([
  'null',
  '1',
  '"text"',
  '[{"a": 1}]',
  '{"a": 18446744073709551616}',
  '{"a": -9223372036854775809}',
  '{"a": 0.1234567890123456789}',
  '{"a": 1e400}',
  '{"a": 12345678901234567890.5}',
  '{"a.b": 1}',
  '{"a": {"b.c": 1}}',
  '{"a": 1, "a": 2}',
  '{"x": [{"a": 1, "a": 1}]}',
])('JSON of the warehouse would change %s', (text) => {
  expect(fitsJson(text)).toBe(false);
});
