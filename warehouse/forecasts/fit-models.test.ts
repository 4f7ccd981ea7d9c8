import { expect, test } from 'vitest';
import { BUYERS, simulateBuyers } from '../testing/buyers.ts';
import { createRandom } from '../testing/random.ts';
import { BUYING_MODELS, fitBuyingModel } from './buying-models.ts';
import { FLAG_MEANINGS, holdoutFlags, searchFlags, spendingFlags, stateOf } from './fit-flags.ts';
import { type FitInput, fitModels } from './fit-models.ts';
import { holdoutError, holdoutPeriod } from './holdout.ts';
import { groupHistories } from './purchase-history.ts';

const NO_SPENDING = { frequency: new Float64Array(0), meanValue: new Float64Array(0) };

/** Whatever the data are like: finite parameters or none, and a state. */
function fitOf(input: Partial<FitInput>) {
  const fitted = fitModels({ histories: groupHistories([]), spending: NO_SPENDING, holdout: null, ...input });
  for (const { model, parameters, standardErrors, logLikelihood, flags } of fitted) {
    const numbers = [...Object.values(parameters), ...Object.values(standardErrors), logLikelihood ?? 0];
    expect(numbers.every(Number.isFinite), model).toBe(true);
    expect(flags.every((flag) => flag in FLAG_MEANINGS)).toBe(true);
  }
  return fitted;
}

test('finds what customers were made with, and predicts what they buy later', () => {
  const { histories, spending } = simulateBuyers({ customers: 8_000, seed: 3 });
  const fitted = fitOf({ histories, spending, holdout: { histories, horizon: 13, isSame: true } });
  const [bgNbd, pareto, gammaGamma] = fitted;
  for (const fit of fitted) expect(fit.state, `${fit.model}: ${fit.flags}`).toBe('usable');
  for (const name of ['p', 'q', 'v'] as const) {
    const off = Math.abs(Math.log((gammaGamma?.parameters[name] as number) / BUYERS[name]));
    expect(off, name).toBeLessThan(4 * (gammaGamma?.standardErrors[name] as number));
  }
  for (const fit of [bgNbd, pareto]) {
    expect(fit?.holdout?.customers).toBe(8_000);
    expect((fit?.holdout?.predictedPurchases ?? 0) / (fit?.holdout?.actualPurchases ?? 1)).toBeCloseTo(1, 1);
  }
});

test('says why there is nothing to answer from', () => {
  expect(fitOf({}).map(({ state, flags }) => [state, ...flags])).toEqual([
    ['unusable', 'no_customers'],
    ['unusable', 'no_customers'],
    ['unusable', 'no_repeat_purchases'],
  ]);
  const once = groupHistories([{ frequency: 0, recency: 0, age: 10, customers: 500 }]);
  for (const { state, flags } of fitOf({ histories: once })) {
    expect([state, ...flags]).toEqual(['unusable', 'no_repeat_purchases']);
  }
});

test('a likelihood that does not tell the parameters is no plain fit', () => {
  // Everybody the same: nothing tells how customers differ.
  const same = groupHistories([{ frequency: 4, recency: 8, age: 10, customers: 500 }]);
  const one = groupHistories([{ frequency: 1, recency: 1, age: 2 }]);
  for (const histories of [same, one]) {
    for (const { model, state, flags } of fitOf({ histories }).slice(0, 2)) {
      expect(state, `${model}: ${flags}`).not.toBe('usable');
      expect(flags.some((flag) => ['not_identified', 'not_converged', 'parameter_at_bound'].includes(flag))).toBe(true);
    }
  }
});

test('customers who differ in nothing, or only in when they leave, are fitted, too: parameters run to their bounds', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { next, below } = createRandom(seed);
    const [rate, leaves] = [0.05 + next() / 2, (next() ** 2 * 3) / 10];
    const histories = Array.from({ length: 30 + below(300) }, () => {
      const age = 4 + below(40);
      const chance = seed % 2 === 0 ? leaves : next() ** 3;
      const days = new Set<number>();
      for (let at = 0; ; ) {
        at += -Math.log(1 - next()) / rate;
        if (at > age) break;
        days.add(Math.floor(at * 7) / 7 + 0.1);
        if (next() < chance) break;
      }
      const recency = Math.max(0, ...days);
      return { frequency: days.size, recency, age: Math.max(age, recency) };
    });
    for (const name of BUYING_MODELS) {
      const { isConverged, parameters } = fitBuyingModel(name, groupHistories(histories));
      expect(isConverged, `seed ${seed}, ${name}: ${JSON.stringify(parameters)}`).toBe(true);
    }
  }
});

test('what there is to say against a fit makes its state', () => {
  const good = { isConverged: true, standardErrors: [0.1], parameters: [1, 2], repeatCustomers: 30 };
  expect(stateOf(searchFlags(good))).toBe('usable');
  expect(searchFlags({ ...good, standardErrors: null, repeatCustomers: 29 })).toEqual([
    'not_identified',
    'few_repeat_customers',
  ]);
  expect(searchFlags({ ...good, parameters: [1, 2e4] })).toEqual(['parameter_at_bound']);
  expect(stateOf(searchFlags({ ...good, isConverged: false }))).toBe('unusable');
  expect(stateOf(['sampled'])).toBe('usable');
  expect(spendingFlags({ correlation: -0.31, q: 1 })).toEqual(['spend_depends_on_frequency', 'no_mean_value']);
  expect(spendingFlags({ correlation: 0.3, q: 1.1 })).toEqual([]);
  const holdout = { customers: 5, meanAbsoluteError: 1, predictedPurchases: 124, actualPurchases: 100 };
  expect(holdoutFlags(holdout)).toEqual([]);
  expect(holdoutFlags({ ...holdout, predictedPurchases: 126 })).toEqual(['holdout_off']);
  expect(holdoutFlags({ ...holdout, predictedPurchases: 0.2, actualPurchases: 0 })).toEqual([]);
  expect(holdoutFlags(null)).toEqual(['no_holdout']);
});

test('a quarter of the time is kept for the test, or what came behind the end', () => {
  expect(holdoutPeriod({ first: 0, last: 99 }, 99)).toEqual({ calibrationEnd: 74, end: 99 });
  expect(holdoutPeriod({ first: 0, last: 999 }, 999)).toEqual({ calibrationEnd: 909, end: 999 });
  expect(holdoutPeriod({ first: 0, last: 54 }, 54)).toBeNull();
  expect(holdoutPeriod({ first: 0, last: 545 }, 272)).toEqual({ calibrationEnd: 272, end: 545 });
  // Too little behind it to test with.
  expect(holdoutPeriod({ first: 0, last: 285 }, 272)).toEqual({ calibrationEnd: 204, end: 272 });
});

test('the error of a test is of customers, not of groups', () => {
  const histories = {
    ...groupHistories([{ frequency: 1, recency: 1, age: 2, customers: 3 }]),
    laterPurchases: Float64Array.of(2),
  };
  expect(holdoutError(histories, () => 1.5)).toEqual({
    customers: 3,
    meanAbsoluteError: 0.5,
    predictedPurchases: 4.5,
    actualPurchases: 6,
  });
  expect(holdoutError({ ...groupHistories([]), laterPurchases: new Float64Array(0) }, () => 1)).toBeNull();
});
