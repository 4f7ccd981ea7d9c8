import { expect, test } from 'vitest';
import { negotiateFormat } from './negotiate-format.ts';

test.each([
  [undefined, 'json'],
  ['', 'json'],
  ['*/*', 'json'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
  ['text/csv', 'csv'],
  ['TEXT/CSV; charset=utf-8', 'csv'],
  ['text/*', 'csv'],
  ['application/json;q=0.2, text/csv;q=0.9', 'csv'],
  ['application/json, text/csv', 'json'],
  ['application/*', 'json'],
  ['application/*, application/json;q=0', 'ndjson'],
  ['*/*, application/json;q=0', 'csv'],
  ['application/vnd.apache.parquet', 'parquet'],
  ['application/vnd.apache.arrow.stream', 'arrow'],
  ['application/jsonl', 'ndjson'],
  ['image/png', null],
  ['application/json;q=0', null],
  ['nonsense', null],
  ['text/csv;q=7', null],
] as const)('wants %s, gets %s', (accept, format) => {
  expect(negotiateFormat(accept)).toBe(format);
});
