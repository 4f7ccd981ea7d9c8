import { expect, test } from 'vitest';
import { endsWithUtcOffset, fitsDate, fitsTimestamp, isFiniteNumber } from './value-rules.ts';

function whole<T>(rule: (bytes: Buffer, start: number, end: number) => T, text: string): T {
  const bytes = Buffer.from(`xx${text}`);
  return rule(bytes, 2, bytes.length);
}

test.each(['1900-01-01', '2024-02-29', '2299-12-31'])('takes the date %s', (text) => {
  expect(whole(fitsDate, text)).toBe(true);
});

test.each(['infinity', '-infinity', '1899-12-31', '2300-01-01', '0044-03-15 BC', '12024-01-01'])(
  'refuses the date %s',
  (text) => {
    expect(whole(fitsDate, text)).toBe(false);
  },
);

test.each(['2024-02-29 23:59:59', '2024-02-29 23:59:59.999999', '1900-01-01 00:00:00.1'])(
  'takes the timestamp %s',
  (text) => {
    expect(whole(fitsTimestamp, text)).toBe(true);
  },
);

test.each(['infinity', '2024-02-29 23:59:59 BC', '1899-12-31 00:00:00', '294276-12-31 23:59:59.999999', '2024-02-29'])(
  'refuses the timestamp %s',
  (text) => {
    expect(whole(fitsTimestamp, text)).toBe(false);
  },
);

test('knows the offset of a session in UTC', () => {
  expect(whole((bytes, _start, end) => endsWithUtcOffset(bytes, end), '2024-02-29 23:59:59+00')).toBe(true);
  expect(whole((bytes, _start, end) => endsWithUtcOffset(bytes, end), '2024-02-29 23:59:59+05:30')).toBe(false);
});

test.each(['NaN', 'Infinity', '-Infinity'])('%s is not finite', (text) => {
  expect(whole(isFiniteNumber, text)).toBe(false);
});

test.each(['0', '-1.5', '12345678901234567890.12'])('%s is finite', (text) => {
  expect(whole(isFiniteNumber, text)).toBe(true);
});
