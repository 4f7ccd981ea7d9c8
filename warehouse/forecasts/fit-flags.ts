import type { HoldoutError } from './holdout.ts';

/** What there is to say against a fit. The first ones leave nothing to be answered from it. */
export const FATAL_FLAGS = ['no_customers', 'no_repeat_purchases', 'not_converged'] as const;
export const DOUBTFUL_FLAGS = [
  'not_identified',
  'parameter_at_bound',
  'few_repeat_customers',
  'no_holdout',
  'holdout_off',
  'spend_depends_on_frequency',
  'no_mean_value',
] as const;
/** Says something of a fit, but nothing against it. */
export const NEUTRAL_FLAGS = ['sampled'] as const;

export type FitFlag = (typeof FATAL_FLAGS)[number] | (typeof DOUBTFUL_FLAGS)[number] | (typeof NEUTRAL_FLAGS)[number];

export const FIT_STATES = ['usable', 'doubtful', 'unusable'] as const;
export type FitState = (typeof FIT_STATES)[number];

/** What each flag means, for people. */
export const FLAG_MEANINGS: Readonly<Record<FitFlag, string>> = {
  no_customers: 'nobody bought',
  no_repeat_purchases: 'nobody bought again, so nothing tells how often customers buy or when they leave',
  not_converged: 'the search ended before the greatest likelihood',
  not_identified: 'the likelihood is flat in some direction: other parameters say the same of these customers',
  parameter_at_bound: 'a parameter ran away to almost nothing or beyond all measure',
  few_repeat_customers: 'fewer than 30 customers bought again',
  no_holdout: 'too little was observed to keep some of it for a test',
  holdout_off:
    'the purchases predicted for the time kept for the test differ by more than a quarter from those that came',
  spend_depends_on_frequency:
    'how much is spent goes with how often (correlation beyond 0.3), which the model takes for unrelated',
  no_mean_value: 'spending varies so much that customers without repeat purchases have no mean value',
  sampled: 'fitted to some of the groups of customers who are alike, evenly drawn',
};

const FEW = 30;
const SMALLEST = 1e-4;
const GREATEST = 1e4;
const OFF = 0.25;
const CORRELATED = 0.3;

export function stateOf(flags: readonly FitFlag[]): FitState {
  if (flags.some((flag) => isOneOf(FATAL_FLAGS, flag))) return 'unusable';
  return flags.some((flag) => isOneOf(DOUBTFUL_FLAGS, flag)) ? 'doubtful' : 'usable';
}

/** What is found of any fit. */
export function searchFlags(fit: {
  isConverged: boolean;
  standardErrors: readonly number[] | null;
  parameters: readonly number[];
  repeatCustomers: number;
}): FitFlag[] {
  const flags: FitFlag[] = [];
  if (!fit.isConverged) flags.push('not_converged');
  if (fit.standardErrors === null) flags.push('not_identified');
  if (fit.parameters.some((parameter) => !(parameter > SMALLEST && parameter < GREATEST))) {
    flags.push('parameter_at_bound');
  }
  if (fit.repeatCustomers < FEW) flags.push('few_repeat_customers');
  return flags;
}

export function holdoutFlags(holdout: HoldoutError | null): FitFlag[] {
  if (holdout === null) return ['no_holdout'];
  const { predictedPurchases, actualPurchases } = holdout;
  return Math.abs(predictedPurchases - actualPurchases) > OFF * Math.max(1, actualPurchases) ? ['holdout_off'] : [];
}

/** What is found of spending beside that. */
export function spendingFlags({ correlation, q }: { correlation: number; q: number }): FitFlag[] {
  const flags: FitFlag[] = [];
  if (Math.abs(correlation) > CORRELATED) flags.push('spend_depends_on_frequency');
  if (!(q > 1)) flags.push('no_mean_value');
  return flags;
}

function isOneOf(flags: readonly FitFlag[], flag: FitFlag): boolean {
  return flags.includes(flag);
}
