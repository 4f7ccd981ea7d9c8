import { fitModels } from '../warehouse/forecasts/fit-models.ts';
import { sampledHistories } from '../warehouse/forecasts/purchase-history.ts';
import { simulateBuyers } from '../warehouse/testing/buyers.ts';
import { median, type Result } from './figures.ts';

const TARGET_SECONDS = 10;
const SEED = 7;

/**
 * Fitting all models to simulated customers, with the test of a fit to the time before, as the scheduled task does: on one core, from
 * what the engine hands over.
 */
export async function benchForecastFit(options: {
  customers: number;
  rounds: number;
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { customers, rounds, onProgress } = options;
  const { histories, spending } = simulateBuyers({ customers, seed: SEED });
  onProgress(`${customers} customers, ${histories.customers.length} of them unlike`);
  const seconds = { all: [] as number[], bgNbd: [] as number[] };
  let likelihood = 0;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    const fitted = fitModels({ histories, spending, holdout: { histories, horizon: 13, isSame: false } });
    seconds.all.push((performance.now() - began) / 1000);
    if (fitted.some(({ state }) => state === 'unusable')) throw new Error('a fit is unusable');
    likelihood = fitted[0]?.logLikelihood ?? 0;
    const again = performance.now();
    fitModels({ histories, spending: { frequency: NOBODY, meanValue: NOBODY }, holdout: null });
    seconds.bgNbd.push((performance.now() - again) / 1000);
    onProgress(`${(seconds.all.at(-1) as number).toFixed(1)} s`);
  }
  return {
    name: `forecast-fit (${customers} customers)`,
    figures: {
      'customers who are unlike': histories.customers.length,
      'groups that Pareto/NBD is fitted to': sampledHistories(histories, 50_000).customers.length,
      'all models with their tests, s': median(seconds.all),
      'models of buying alone, s': median(seconds.bgNbd),
      'log-likelihood of BG/NBD': likelihood,
    },
    target: {
      text: `all models within ${TARGET_SECONDS} s for a million customers`,
      reached: median(seconds.all) <= (TARGET_SECONDS * customers) / 1e6,
    },
  };
}

const NOBODY = new Float64Array(0);
