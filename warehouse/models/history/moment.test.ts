import { expect, test } from 'vitest';
import { textToMicros } from '../../clickhouse/moment.ts';
import { momentOf } from './moment.ts';

const at = (...times: string[]) => times.map((committedAt) => ({ committedAt }));
const EARLY = '2024-02-28 23:59:59.999999';
const LATE = '2024-02-29 00:00:00.000001';

test('is the latest commit of any source', () => {
  expect(momentOf(at(EARLY, LATE, '1970-01-01 00:00:00.000000'), null)).toBe(LATE);
  expect(momentOf(at(EARLY, LATE), EARLY)).toBe(LATE);
});

test('goes on by a microsecond when nothing newer was committed, or a clock stepped back', () => {
  expect(momentOf(at(EARLY), EARLY)).toBe('2024-02-29 00:00:00.000000');
  expect(momentOf(at('2020-01-01 00:00:00.000000'), LATE)).toBe('2024-02-29 00:00:00.000002');
  expect(momentOf([], LATE)).toBe('2024-02-29 00:00:00.000002');
});

test('reads microseconds to the last one', () => {
  expect(textToMicros('1970-01-01 00:00:01.000002')).toBe(1_000_002n);
  expect(textToMicros('1900-01-01 00:00:00.000000')).toBe(-2_208_988_800_000_000n);
});
