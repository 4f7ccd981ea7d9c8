import { expect, it } from 'vitest';
import { auditParameters } from './audit-parameters.ts';
import { newSecret } from './key-secret.ts';

it('tells what was asked, and leaves out what was not', () => {
  const asked = { query: { from: '2026-01-01', region: ['EU', 'US'] }, params: {}, body: undefined };
  expect(auditParameters(asked)).toBe('{"query":{"from":"2026-01-01","region":["EU","US"]}}');
  expect(auditParameters({ query: {}, params: { cube: 'c' }, body: { measures: ['units'] } })).toBe(
    '{"params":{"cube":"c"},"body":{"measures":["units"]}}',
  );
});

it('never holds a secret, wherever it was put', () => {
  const { key } = newSecret('abcdefghij');
  const token = 'eyJhbGciOi.eyJzdWIi.c2ln';
  for (const text of [
    auditParameters({ query: { region: key, x: [token] }, params: { cube: key }, body: { filters: [key, token] } }),
    auditParameters({ query: { api_key: 'hunter2' }, params: {}, body: { Password: { deep: 'hunter2' } } }),
    auditParameters({ query: { [key]: '1' }, params: {}, body: null }),
  ]) {
    expect(text).not.toMatch(/hunter2|c2ln/);
    expect(text).not.toContain(key.slice(14));
    expect(text).toContain('***');
  }
});

it('is cut off where it is long, and still JSON', () => {
  const text = auditParameters({ query: {}, params: {}, body: { filters: ['"'.repeat(20_000)] } });
  expect(Object.keys(JSON.parse(text) as object)).toEqual(['cut_off']);
});
