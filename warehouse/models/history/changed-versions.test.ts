import { expect, test } from 'vitest';
import { changedVersions } from './changed-versions.ts';

const all = { key: [0], checked: [0, 1, 2] };

test('a version ends with its row, begins with it, and makes room for the next when it changes', () => {
  const changes = { before: ['1\ta\tx', '2\tb\tx', '3\tc\tx'], after: ['2\tB\tx', '3\tc\tx', '4\td\tx'] };
  expect(changedVersions({ changes, ...all })).toEqual({ ended: ['1', '2'], begun: ['2\tB\tx', '4\td\tx'] });
});

test('what is not checked makes no version', () => {
  const changes = { before: ['1\ta\tx', '2\tb\tx'], after: ['1\ta\ty', '2\tB\ty'] };
  expect(changedVersions({ changes, key: [0], checked: [1] })).toEqual({ ended: ['2'], begun: ['2\tB\ty'] });
});

test('keys of several columns are told apart', () => {
  const changes = { before: ['1\t2\tx', '12\t\tx'], after: ['1\t2\ty', '12\t\tx'] };
  expect(changedVersions({ changes, key: [1, 0], checked: [0, 1, 2] })).toEqual({
    ended: ['2\t1'],
    begun: ['1\t2\ty'],
  });
});
