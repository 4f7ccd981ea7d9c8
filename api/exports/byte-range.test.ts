import { expect, test } from 'vitest';
import { readRange } from './byte-range.ts';

const FILE = { bytes: 100, tag: '"abc"' };
const of = (range: string | undefined, ifRange?: string, file = FILE) => readRange({ range, ifRange }, file);

test('reads the three forms of a range, up to the end of the file', () => {
  expect(of('bytes=0-9')).toEqual({ first: 0, last: 9 });
  expect(of('bytes=90-')).toEqual({ first: 90, last: 99 });
  expect(of('bytes=90-1000')).toEqual({ first: 90, last: 99 });
  expect(of('bytes=-10')).toEqual({ first: 90, last: 99 });
  expect(of('bytes=-1000')).toEqual({ first: 0, last: 99 });
});

test('says that there are no such bytes', () => {
  expect(of('bytes=100-')).toBe('unsatisfiable');
  expect(of('bytes=-0')).toBe('unsatisfiable');
  expect(of('bytes=0-', undefined, { ...FILE, bytes: 0 })).toBe('unsatisfiable');
});

test('gives the whole file for what it cannot read, several ranges, and another version', () => {
  for (const range of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=9-0',
    'lines=0-9',
    'bytes=0-1,5-6',
    'bytes=a-b',
  ]) {
    expect(of(range), range).toBe('whole');
  }
  expect(of('bytes=90-', '"abc"')).toEqual({ first: 90, last: 99 });
  for (const other of ['"abd"', 'W/"abc"', 'Sat, 21 Nov 2026 10:00:00 GMT'])
    expect(of('bytes=90-', other)).toBe('whole');
});
