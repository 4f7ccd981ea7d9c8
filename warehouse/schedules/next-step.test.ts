import { describe, expect, test } from 'vitest';
import { cronTimes } from './cron-times.ts';
import type { LedgerEntry } from './ledger.ts';
import { nextStep, stateAfterFailure } from './next-step.ts';
import type { Schedule } from './task.ts';

const SCHEDULE: Schedule = {
  cron: '0 * * * *',
  timeZone: 'UTC',
  catchUp: 'last',
  timeoutMs: 60_000,
  attempts: 3,
  retryAfterMs: 60_000,
};
const times = cronTimes(SCHEDULE);
const at = (text: string): number => Date.parse(`2026-11-22T${text}Z`);

function entry(state: LedgerEntry['state'], more: Partial<LedgerEntry> = {}): LedgerEntry {
  const interval = { startMs: at('08:00'), endMs: at('09:00') };
  const known = { task: 'x', trigger: 'schedule' as const, startedAtMs: null, finishedAtMs: null, attempts: 1 };
  return { ...known, ...interval, state, code: '', detail: '', runner: '', ...more };
}

function step(last: LedgerEntry | null, now: string, schedule: Partial<Schedule> = {}) {
  return nextStep({ last, schedule: { ...SCHEDULE, ...schedule }, times, nowMs: at(now) });
}

describe('what is done next', () => {
  test('begins to count at the last time of the schedule', () => {
    expect(step(null, '09:30')).toEqual({ kind: 'begin', interval: { startMs: at('09:00'), endMs: at('09:00') } });
  });

  test('does what is wanted at once when it was never done, and waits like the others then', () => {
    const options = { schedule: SCHEDULE, times, nowMs: at('09:30'), isWantedAtOnce: true };
    const interval = { startMs: at('09:00'), endMs: at('09:00') };
    expect(nextStep({ ...options, last: null })).toEqual({ kind: 'run', attempt: 1, interval });
    expect(nextStep({ ...options, last: entry('done') })).toEqual({ kind: 'wait', untilMs: at('10:00') });
  });

  test('waits until the next interval has ended', () => {
    expect(step(entry('done'), '09:30')).toEqual({ kind: 'wait', untilMs: at('10:00') });
    expect(step(entry('begun'), '09:59:59.999')).toEqual({ kind: 'wait', untilMs: at('10:00') });
    expect(step(entry('failed', { attempts: 3 }), '09:30')).toEqual({ kind: 'wait', untilMs: at('10:00') });
  });

  test('does the next interval as soon as it has ended', () => {
    const interval = { startMs: at('09:00'), endMs: at('10:00') };
    expect(step(entry('done'), '10:00')).toEqual({ kind: 'run', attempt: 1, interval });
    expect(step(entry('failed', { attempts: 3 }), '10:00')).toEqual({ kind: 'run', attempt: 1, interval });
  });

  test('does what was missed in one run, or one after another', () => {
    const all = { startMs: at('09:00'), endMs: at('13:00') };
    const first = { startMs: at('09:00'), endMs: at('10:00') };
    expect(step(entry('done'), '13:20')).toEqual({ kind: 'run', attempt: 1, interval: all });
    expect(step(entry('done'), '13:20', { catchUp: 'each' })).toEqual({ kind: 'run', attempt: 1, interval: first });
  });

  test('tries a failed attempt again after a while, the same interval', () => {
    const failed = entry('retrying', { finishedAtMs: at('09:10') });
    const interval = { startMs: at('08:00'), endMs: at('09:00') };
    expect(step(failed, '09:10:30')).toEqual({ kind: 'wait', untilMs: at('09:11') });
    expect(step(failed, '13:20')).toEqual({ kind: 'run', attempt: 2, interval });
  });

  test('an attempt whose process died counts; after the last the interval is given up', () => {
    const interval = { startMs: at('08:00'), endMs: at('09:00') };
    expect(step(entry('running', { attempts: 2 }), '09:10')).toEqual({ kind: 'run', attempt: 3, interval });
    expect(step(entry('running', { attempts: 3 }), '09:10')).toMatchObject({ kind: 'giveUp' });
  });

  test('an attempt that the end of its process interrupted does not count', () => {
    const interval = { startMs: at('08:00'), endMs: at('09:00') };
    expect(step(entry('interrupted', { attempts: 0 }), '09:10')).toEqual({ kind: 'run', attempt: 1, interval });
  });
});

test('an attempt without success is followed by another one, up to the last', () => {
  expect(stateAfterFailure({ attempt: 2, attempts: 3, isInterrupted: false })).toBe('retrying');
  expect(stateAfterFailure({ attempt: 3, attempts: 3, isInterrupted: false })).toBe('failed');
  expect(stateAfterFailure({ attempt: 3, attempts: 3, isInterrupted: true })).toBe('interrupted');
});
