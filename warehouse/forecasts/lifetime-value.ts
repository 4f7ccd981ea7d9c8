import { type BgNbd, expectedPurchases } from './bg-nbd.ts';
import type { Customer } from './customer.ts';
import { expectedValue, type GammaGamma } from './gamma-gamma.ts';

/**
 * What a customer's purchases over a horizon are worth today: in each period what is expected to be bought in it, at the
 * value that is expected, discounted to now from the period's end. Null where the spending model gives no value.
 */
export function discountedLifetimeValue(options: {
  buying: BgNbd;
  spending: GammaGamma;
  customer: Customer & { readonly meanValue: number };
  periods: number;
  /** Length of a period in the unit of time of the buying model. */
  periodLength: number;
  /** By period: 0.01 takes a hundredth off what comes a period later. */
  discountRate: number;
}): number | null {
  const { buying, spending, customer, periods, periodLength, discountRate } = options;
  if (!(Number.isInteger(periods) && periods >= 0) || !(periodLength > 0) || !(discountRate > -1)) {
    throw new RangeError(
      `periods ${periods} (an integer from 0), period length ${periodLength} (above 0), discount rate ${discountRate} (above -1)`,
    );
  }
  const value = expectedValue(spending, customer.frequency, customer.meanValue);
  if (value === null) return null;
  let worth = 0;
  let before = 0;
  for (let period = 1; period <= periods; period++) {
    const until = expectedPurchases(buying, customer, period * periodLength);
    worth += (until - before) / (1 + discountRate) ** period;
    before = until;
  }
  return worth * value;
}
