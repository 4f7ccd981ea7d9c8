import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectedPurchases, fitBgNbd } from './bg-nbd.ts';
import { fitGammaGamma, spendingOf } from './gamma-gamma.ts';
import { fitParetoNbd } from './pareto-nbd.ts';
import { groupHistories } from './purchase-history.ts';

/** 2,357 customers whose purchases the literature fits its models to; no part of the project. */
const FILE = process.env.CDNOW_SAMPLE_FILE ?? join(import.meta.dirname, '../../../shared/data/cdnow/CDNOW_sample.txt');
if (!existsSync(FILE)) console.warn(`skipped: no purchase log at ${FILE} (set CDNOW_SAMPLE_FILE)`);

const dayOf = (text: string) => Date.UTC(+text.slice(0, 4), +text.slice(4, 6) - 1, +text.slice(6, 8)) / 86_400_000;
const END = dayOf('19970930');

function readCustomers() {
  const customers = new Map<string, Map<number, number>>();
  for (const line of readFileSync(FILE, 'utf8').split('\n')) {
    const [, id, date, , dollars] = line.trim().split(/\s+/);
    if (id === undefined || date === undefined || dayOf(date) > END) continue;
    const days = customers.get(id) ?? new Map<number, number>();
    customers.set(id, days.set(dayOf(date), (days.get(dayOf(date)) ?? 0) + Number(dollars)));
  }
  return [...customers.values()].map((days) => {
    const [first = 0, ...repeat] = [...days.keys()].sort((a, b) => a - b);
    const spent = repeat.reduce((sum, day) => sum + (days.get(day) ?? 0), 0);
    return {
      frequency: repeat.length,
      recency: ((repeat.at(-1) ?? first) - first) / 7,
      age: (END - first) / 7,
      meanValue: repeat.length === 0 ? 0 : spent / repeat.length,
    };
  });
}

describe.skipIf(!existsSync(FILE))('the purchases of 39 weeks give the parameters of the literature', () => {
  const customers = existsSync(FILE) ? readCustomers() : [];
  const near = (actual: number, expected: number) => expect(Math.abs(actual - expected)).toBeLessThanOrEqual(5e-4);

  test('of BG/NBD (Fader, Hardie and Lee 2005)', () => {
    const fit = fitBgNbd(groupHistories(customers));
    expect(fit).toMatchObject({ customers: 2357, isConverged: true, standardErrors: expect.any(Array) });
    near(fit.r, 0.243);
    near(fit.alpha, 4.414);
    near(fit.a, 0.793);
    near(fit.b, 2.426);
    expect(fit.logLikelihood).toBeCloseTo(-9582.4, 1);
    near(expectedPurchases(fit, { frequency: 2, recency: 30.43, age: 38.86 }, 39), 1.226);
  });

  test('of Pareto/NBD (Fader and Hardie 2005)', () => {
    const fit = fitParetoNbd(groupHistories(customers));
    expect(fit).toMatchObject({ isConverged: true, standardErrors: expect.any(Array) });
    near(fit.r, 0.553);
    near(fit.alpha, 10.578);
    near(fit.s, 0.606);
    near(fit.beta, 11.669);
    expect(fit.logLikelihood).toBeCloseTo(-9594.98, 2);
  });

  test('of Gamma-Gamma (Fader and Hardie 2013)', () => {
    const fit = fitGammaGamma(spendingOf(customers));
    expect(fit).toMatchObject({ customers: 946, isConverged: true });
    // As printed, with two places.
    expect([fit.p, fit.q, fit.v].map((parameter) => parameter.toFixed(2))).toEqual(['6.25', '3.74', '15.44']);
  });
});
