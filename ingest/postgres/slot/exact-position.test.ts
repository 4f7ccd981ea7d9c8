import { expect, test } from 'vitest';
import { wellFormed } from './exact-position.ts';

test.each([
  ['10:20:10,14', '10:20:10,14'],
  ['10:10:', '10:10:'],
  ['2445:2443:', '2445:2445:'],
  ['4294967300:99:', '4294967300:4294967300:'],
])('%s is read as %s', (worked, snapshot) => {
  expect(wellFormed(worked)).toBe(snapshot);
});
