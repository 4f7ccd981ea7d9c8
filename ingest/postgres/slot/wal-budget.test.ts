import { describe, expect, it } from 'vitest';
import { createWalMeter, walBudget } from './wal-budget.ts';

const GIB = 2 ** 30;
const quiet = { bytesPerSecond: 0, budgetBytes: null };

describe('walBudget', () => {
  it('knows no limit where there is none', () => {
    const facts = { retainedBytes: 900 * GIB, safeBytes: null, walStatus: 'extended' };
    expect(walBudget(facts, { ...quiet, bytesPerSecond: 1e9 })).toMatchObject({
      limitBytes: null,
      secondsLeft: null,
      level: 'ok',
    });
  });

  it('tells the time that is left at the present rate', () => {
    const facts = { retainedBytes: 2 * GIB, safeBytes: 8 * GIB, walStatus: 'reserved' };
    const budget = walBudget(facts, { ...quiet, bytesPerSecond: 2 ** 20 });
    expect(budget).toEqual({
      retainedBytes: 2 * GIB,
      limitBytes: 10 * GIB,
      bytesPerSecond: 2 ** 20,
      secondsLeft: 8192,
      level: 'low',
    });
    expect(walBudget(facts, quiet)).toMatchObject({ secondsLeft: null, level: 'ok' });
    expect(walBudget(facts, { ...quiet, bytesPerSecond: 10 * 2 ** 20 }).level).toBe('critical');
  });

  it('warns by what is used as well, and takes the nearer of two limits', () => {
    const used = (retainedBytes: number, budgetBytes: number | null) =>
      walBudget(
        { retainedBytes, safeBytes: 10 * GIB - retainedBytes, walStatus: 'extended' },
        { ...quiet, budgetBytes },
      );
    expect(used(GIB, null).level).toBe('ok');
    expect(used(5 * GIB, null).level).toBe('low');
    expect(used(8 * GIB, null).level).toBe('critical');
    expect(used(2 * GIB, 2 * GIB)).toMatchObject({ limitBytes: 2 * GIB, level: 'critical' });
    expect(used(GIB, 20 * GIB)).toMatchObject({ limitBytes: 10 * GIB, level: 'ok' });
  });

  it('is not alarmed by a burst while nearly nothing is kept', () => {
    const facts = { retainedBytes: GIB / 100, safeBytes: GIB, walStatus: 'reserved' };
    expect(walBudget(facts, { ...quiet, bytesPerSecond: GIB }).level).toBe('ok');
  });

  it('takes the word of the server for the worst', () => {
    const facts = { retainedBytes: 0, safeBytes: null };
    expect(walBudget({ ...facts, walStatus: 'unreserved' }, quiet).level).toBe('critical');
    expect(walBudget({ ...facts, walStatus: 'lost' }, quiet).level).toBe('lost');
  });
});

describe('createWalMeter', () => {
  it('follows the rate, old ones fading', () => {
    const meter = createWalMeter({ budgetBytes: null });
    const look = (atMs: number, walEndLsn: bigint): number =>
      meter({ atMs, walEndLsn, retainedBytes: 0, safeBytes: null, walStatus: 'reserved' }).bytesPerSecond;
    expect(look(0, 0n)).toBe(0);
    expect(look(10_000, 10_000_000n)).toBe(1_000_000);
    const faded = look(130_000, 10_000_000n);
    expect(faded).toBe(500_000);
    expect(look(130_000, 99_000_000n)).toBe(500_000);
    expect(look(140_000, 5n)).toBeLessThan(500_000);
  });
});
