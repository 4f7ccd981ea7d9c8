import { type BuyingModelName, buyingModel } from '../../../warehouse/forecasts/buying-models.ts';
import type { RecordedFit } from '../../../warehouse/forecasts/fits-table.ts';
import { expectedValue, type GammaGamma } from '../../../warehouse/forecasts/gamma-gamma.ts';
import { DAYS_PER_UNIT } from '../../../warehouse/forecasts/history-sql.ts';
import type { Prediction } from './parameters.ts';

/** What is known of a customer. */
export interface CustomerHistory {
  /** Days with a purchase behind the first one. */
  readonly frequency: number;
  readonly recencyDays: number;
  readonly ageDays: number;
  /** Repeat purchases whose worth is known, and their mean. */
  readonly spendingPurchases: number;
  readonly meanValue: number;
}

/** Null where the models give none. */
export type Predictions = Readonly<Record<Prediction, number | null>>;

const DAYS_PER_YEAR = 365;
/** Purchases are paid for within such a time, and discounted from its end. */
const LONGEST_STEP_DAYS = 30;

/**
 * Predictions with the parameters of a fit. What customers who are alive will buy hangs on frequency and age alone, so it is
 * computed once for all who share them: a million customers have some ten thousand pairs.
 */
export function createScorer(options: {
  buying: Pick<RecordedFit, 'model' | 'parameters'>;
  spending: Pick<RecordedFit, 'state' | 'parameters'> | null;
  horizonDays: number;
  /** Of a year. */
  discountRate: number;
}): (customer: CustomerHistory) => Predictions {
  const { spending, horizonDays, discountRate } = options;
  const model = buyingModel(options.buying.model as BuyingModelName, options.buying.parameters);
  const worthOf = spendingOf(spending);
  const steps = Math.ceil(horizonDays / LONGEST_STEP_DAYS);
  const stepDays = horizonDays / steps;
  const discounts = Array.from(
    { length: steps },
    (_, i) => (1 + discountRate) ** -((stepDays * (i + 1)) / DAYS_PER_YEAR),
  );
  const known = new Map<number, Growth>();

  function growthOf(frequency: number, ageDays: number): Growth {
    const key = frequency * 2 ** 20 + ageDays; // more days than Date32 has
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const customer = { frequency, age: ageDays / DAYS_PER_UNIT };
    let [before, discounted] = [0, 0];
    for (const [i, discount] of discounts.entries()) {
      const until = model.ifAlive(customer, (stepDays * (i + 1)) / DAYS_PER_UNIT);
      discounted += Math.max(0, until - before) * discount;
      before = until;
    }
    const growth = { purchases: before, discounted };
    known.set(key, growth);
    return growth;
  }

  return ({ frequency, recencyDays, ageDays, spendingPurchases, meanValue }) => {
    const times = { recency: recencyDays / DAYS_PER_UNIT, age: ageDays / DAYS_PER_UNIT };
    const alive = model.probabilityAlive({ frequency, ...times });
    const { purchases, discounted } = growthOf(frequency, ageDays);
    const value = worthOf(spendingPurchases, meanValue);
    return {
      probability_alive: alive,
      expected_purchases: purchases * alive,
      expected_purchase_value: value,
      expected_lifetime_value: value === null ? null : discounted * alive * value,
    };
  };
}

/** Of customers who are alive. */
interface Growth {
  readonly purchases: number;
  readonly discounted: number;
}

function spendingOf(fit: Pick<RecordedFit, 'state' | 'parameters'> | null) {
  if (fit === null || fit.state === 'unusable') return () => null;
  const model = fit.parameters as unknown as GammaGamma; // p, q and v, as they were fitted
  // Who was paid back more than they paid is worth nothing, not less.
  return (purchases: number, meanValue: number) => expectedValue(model, purchases, Math.max(0, meanValue));
}
