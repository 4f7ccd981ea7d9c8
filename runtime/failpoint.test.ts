import { afterEach, expect, test } from 'vitest';
import { armFailpoint, failpoint } from './failpoint.ts';

afterEach(() => armFailpoint(undefined));

test('lets everything pass when none is armed', () => {
  armFailpoint(undefined);
  armFailpoint('');
  expect(() => failpoint('changelog.batch-taken')).not.toThrow();
});

test('fails at the n-th passing of its place, once', () => {
  armFailpoint('changelog.batch-taken=fail@2');
  failpoint('changelog.batch-durable');
  failpoint('changelog.batch-taken');
  expect(() => failpoint('changelog.batch-taken')).toThrow('changelog.batch-taken');
  expect(() => failpoint('changelog.batch-taken')).not.toThrow();
});

test('refuses what names no place, action or number', () => {
  for (const text of [
    'nowhere=kill@1',
    'changelog.batch-taken',
    'changelog.batch-taken=stop@1',
    'changelog.batch-taken=kill@0',
  ]) {
    expect(() => armFailpoint(text), text).toThrow(RangeError);
  }
});
