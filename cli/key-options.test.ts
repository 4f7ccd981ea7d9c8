import { expect, it } from 'vitest';
import { parseExpiry, parseFilter, parseRequestsPerMinute, parseScopes, parseSpan } from './key-options.ts';

it('reads scopes, several in one or one by one', () => {
  expect(parseScopes('cubes/daily_*,views', parseScopes('reports'))).toEqual(['reports', 'cubes/daily_*', 'views']);
  for (const text of ['', ',', 'report', 'cubes/', 'cubes/a b', 'operations/x', 'reports,sales']) {
    expect(() => parseScopes(text), text).toThrow();
  }
});

it('reads row filters, and commas within values', () => {
  expect(parseFilter('channel=web', parseFilter('region=EU,North, America,,South'))).toEqual({
    region: ['EU', 'North', 'America,South'],
    channel: ['web'],
  });
  for (const text of ['region', 'region=', '=EU', 'Region=EU', 'a b=c', 'region=,']) {
    expect(() => parseFilter(text), text).toThrow();
  }
  expect(() => parseFilter('region=EU', { region: ['US'] })).toThrow();
});

it('reads times and limits', () => {
  expect(parseExpiry('90d')).toBe(7_776_000_000);
  expect(parseExpiry('never')).toBeNull();
  expect(parseSpan('0s')).toBe(0);
  expect(parseRequestsPerMinute('60')).toBe(60);
  for (const text of ['', '0', '-1', '1.5', '1e3', '1000001']) expect(() => parseRequestsPerMinute(text)).toThrow();
  for (const text of ['', '90', 'd', '1y', '-1d']) expect(() => parseSpan(text)).toThrow();
});
