import { expect, test } from 'vitest';
import { admit } from './admit.ts';
import type { ExportStatus } from './export-record.ts';
import { DEFAULT_EXPORT_LIMITS } from './limits.ts';

const LIMITS = { ...DEFAULT_EXPORT_LIMITS, maxRunning: 1, maxQueued: 2, maxPerCaller: 3, maxTotalBytes: 100 };

function decide(all: readonly (readonly [owner: string, status: ExportStatus])[], keptBytes = 0) {
  const records = all.map(([owner, status], i) => ({ id: String(i), owner, status, createdAtMs: 1_000 - i }));
  return admit({ owner: 'me', records, keptBytes, limits: LIMITS });
}

test('takes as many as may run and wait, whoever they are of', () => {
  expect(decide([])).toEqual({ admitted: true, forgotten: [] });
  const two = [['you', 'running'] as const, ['you', 'queued'] as const];
  expect(decide(two)).toMatchObject({ admitted: true });
  expect(decide([...two, ['you', 'queued']])).toEqual({ admitted: false, because: 'queue' });
  expect(decide([...two, ['you', 'done'], ['you', 'failed']])).toMatchObject({ admitted: true });
});

test('makes room by the oldest of what has no file, never by a file', () => {
  expect(
    decide([
      ['me', 'failed'],
      ['me', 'done'],
      ['me', 'cancelled'],
    ]),
  ).toEqual({ admitted: true, forgotten: ['2'] });
  expect(
    decide([
      ['me', 'done'],
      ['me', 'done'],
      ['me', 'queued'],
    ]),
  ).toEqual({ admitted: false, because: 'caller' });
  expect(
    decide([
      ['you', 'done'],
      ['you', 'done'],
      ['you', 'done'],
    ]),
  ).toMatchObject({ admitted: true });
});

test('takes none while the files take all that they may', () => {
  expect(decide([['you', 'done']], 99)).toMatchObject({ admitted: true });
  expect(decide([['you', 'done']], 100)).toEqual({ admitted: false, because: 'room' });
});
