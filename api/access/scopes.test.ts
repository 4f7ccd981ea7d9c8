import { describe, expect, it, test } from 'vitest';
import { covers, isScope, neededFor } from './scopes.ts';

describe('neededFor', () => {
  it.each([
    ['/v1/reports/sales-trends', {}, { scope: 'reports/sales-trends' }],
    ['/v1/cubes', {}, { area: 'cubes' }],
    ['/v1/cubes/:cube/query', { cube: 'daily_sales_cube' }, { scope: 'cubes/daily_sales_cube' }],
    ['/v1/views/:view', { view: 'user_profile' }, { scope: 'views/user_profile' }],
    ['/v1/lag', {}, { scope: 'operations' }],
    ['/metrics', {}, { scope: 'operations' }],
    // Nobody thought of it.
    ['/v1/secrets/:name', { name: 'x' }, { scope: 'operations' }],
    ['/health/live', {}, 'open'],
    ['/openapi.json', {}, 'open'],
    ['/', {}, 'open'],
  ])('%s', (route, params, needed) => {
    expect(neededFor(route, params as unknown as Record<string, string>)).toEqual(needed);
  });
});

it('takes what a route says of itself for more than its address', () => {
  expect(neededFor('/v1/events', {}, { access: 'any' })).toBe('any');
  expect(neededFor('/v1/events', {}, { url: '/v1/events' })).toEqual({ scope: 'operations' });
  expect(covers(['views'], 'any')).toBe(true);
  expect(covers([], 'any')).toBe(false);
});

test('an area is all that is in it, a pattern what it fits, and nothing of another area', () => {
  expect(covers(['reports'], { scope: 'reports/cohorts' })).toBe(true);
  expect(covers(['cubes/daily_*'], { scope: 'cubes/daily_sales_cube' })).toBe(true);
  expect(covers(['cubes/daily_*'], { scope: 'cubes/monthly_sales_cube' })).toBe(false);
  expect(covers(['cubes/*'], { scope: 'views/user_profile' })).toBe(false);
  expect(covers(['reports', 'cubes', 'views'], { scope: 'operations' })).toBe(false);
  expect(covers(['*'], { scope: 'operations' })).toBe(true);
  expect(covers([], { area: 'cubes' })).toBe(false);
  expect(covers(['cubes/x'], { area: 'cubes' })).toBe(true);
  expect(covers(['report'], { scope: 'reports/cohorts' })).toBe(false);
});

test('a name cannot be a pattern, and what is no scope covers nothing', () => {
  expect(covers(['cubes/a'], { scope: 'cubes/*' })).toBe(false);
  expect(covers(['cubes/.*'], { scope: 'cubes/x' })).toBe(false);
  expect(isScope('cubes/.*')).toBe(false);
  expect(isScope('operations/x')).toBe(false);
});
