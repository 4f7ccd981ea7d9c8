import { expect, test } from 'vitest';
import { cronTimes } from './cron-times.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

function nextOf(cron: string, timeZone: string, from: string, count = 1): string[] {
  const times = cronTimes({ cron, timeZone });
  const found: string[] = [];
  for (let ms = at(from); found.length < count; ) {
    ms = times.next(ms);
    found.push(iso(ms));
  }
  return found;
}

test.each([
  ['*/10 * * * *', 'UTC', '2026-11-22T09:50:00Z', '2026-11-22T10:00:00Z'],
  ['0 3 * * *', 'UTC', '2026-11-22T03:00:00Z', '2026-11-23T03:00:00Z'],
  ['0 3 * * *', 'Europe/Berlin', '2026-11-22T03:00:00Z', '2026-11-23T02:00:00Z'],
  ['30 6 * * *', 'Asia/Kathmandu', '2026-11-22T00:44:59Z', '2026-11-22T00:45:00Z'],
  ['0 0 1 1 *', 'UTC', '2026-11-22T00:00:00Z', '2027-01-01T00:00:00Z'],
  ['0 0 1 1 *', 'Pacific/Kiritimati', '2026-11-22T00:00:00Z', '2026-12-31T10:00:00Z'],
  ['0 12 29 2 *', 'UTC', '2026-11-22T00:00:00Z', '2028-02-29T12:00:00Z'],
  ['0 0 * * mon#1', 'UTC', '2026-11-22T00:00:00Z', '2026-12-07T00:00:00Z'],
  ['15,45 30 4 L * *', 'UTC', '2026-11-30T04:30:15Z', '2026-11-30T04:30:45Z'],
])('%s in %s is due next after %s at %s', (cron, timeZone, from, expected) => {
  const times = cronTimes({ cron, timeZone });
  expect(iso(times.next(at(from)))).toBe(expected);
  // The way back.
  expect(iso(times.last(at(expected)))).toBe(expected);
  expect(times.last(at(expected) - 1)).toBeLessThanOrEqual(at(from));
});

test('a local time that there is not is not due that day, one that there is twice is due twice', () => {
  expect(nextOf('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 2)).toEqual([
    '2026-03-28T01:30:00Z',
    '2026-03-30T00:30:00Z',
  ]);
  expect(nextOf('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 3)).toEqual([
    '2026-10-25T00:30:00Z',
    '2026-10-25T01:30:00Z',
    '2026-10-26T01:30:00Z',
  ]);
});

test('a year without a run is looked through quickly', () => {
  const times = cronTimes({ cron: '0 0 29 2 *', timeZone: 'America/New_York' });
  const startedAt = performance.now();
  expect(iso(times.last(at('2027-11-22T00:00:00Z')))).toBe('2024-02-29T05:00:00Z');
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
