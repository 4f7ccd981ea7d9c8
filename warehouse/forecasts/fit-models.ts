import { BUYING_MODELS, type BuyingModelName, buyingModel, type Found, fitBuyingModel } from './buying-models.ts';
import { type FitFlag, type FitState, holdoutFlags, searchFlags, spendingFlags, stateOf } from './fit-flags.ts';
import { fitGammaGamma, type Spending } from './gamma-gamma.ts';
import { type HoldoutError, holdoutError } from './holdout.ts';
import { customersOf, type PurchaseHistories, sampledHistories } from './purchase-history.ts';
import type { ObservedHistories } from './read-histories.ts';

export type ModelName = BuyingModelName | 'gamma_gamma';

/** What a fit found, whichever model it is of. */
export interface FittedModel {
  readonly model: ModelName;
  readonly state: FitState;
  readonly flags: readonly FitFlag[];
  /** By name; none where there was nothing to be fitted to. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Of the parameters' logarithms; none where data do not tell them apart. */
  readonly standardErrors: Readonly<Record<string, number>>;
  readonly logLikelihood: number | null;
  /** That it was fitted to; of spending those who bought again. */
  readonly customers: number;
  readonly iterations: number;
  /** Of spending: correlation of how much with how often. */
  readonly correlation: number | null;
  readonly holdout: HoldoutError | null;
}

/** What is fitted to, and what tests it. */
export interface FitInput {
  readonly histories: PurchaseHistories;
  readonly spending: Spending;
  /** Null: there is nothing to test with. */
  readonly holdout: {
    readonly histories: ObservedHistories;
    /** Length of the test, in the unit of the histories. */
    readonly horizon: number;
    /** The histories of the test are those that are fitted to: it needs no fit of its own. */
    readonly isSame: boolean;
  } | null;
}

/** Pareto/NBD takes an integral for each group and step: more groups than this tell a second opinion nothing new. */
const MOST_GROUPS: Readonly<Record<BuyingModelName, number>> = {
  bg_nbd: Number.POSITIVE_INFINITY,
  pareto_nbd: 50_000,
};

/** All models, one after the other: seconds of computing for a million customers. */
export function fitModels({ histories, spending, holdout }: FitInput): FittedModel[] {
  return [...BUYING_MODELS.map((name) => fittedBuying(name, histories, holdout)), fittedSpending(spending)];
}

function fittedBuying(model: BuyingModelName, histories: PurchaseHistories, holdout: FitInput['holdout']): FittedModel {
  const sample = sampledHistories(histories, MOST_GROUPS[model]);
  const repeatCustomers = repeatCustomersOf(sample);
  if (repeatCustomers === 0) {
    const customers = customersOf(sample);
    return nothing(model, customers === 0 ? 'no_customers' : 'no_repeat_purchases', customers);
  }
  const found = fitBuyingModel(model, sample);
  const error = holdout === null ? null : testedBy(model, found, holdout);
  const flags: FitFlag[] = [
    ...searchFlags({ ...found, parameters: Object.values(found.parameters), repeatCustomers }),
    ...holdoutFlags(error),
    ...(sample === histories ? [] : (['sampled'] as const)),
  ];
  return {
    model,
    state: stateOf(flags),
    flags,
    ...describe(found),
    correlation: null,
    holdout: error,
  };
}

/** Null where the time before the test gives no parameters. */
function testedBy(
  model: BuyingModelName,
  found: Found,
  { histories, horizon, isSame }: NonNullable<FitInput['holdout']>,
): HoldoutError | null {
  const sample = sampledHistories(histories, MOST_GROUPS[model]);
  if (repeatCustomersOf(sample) === 0) return null;
  const before = isSame ? found : fitBuyingModel(model, sample, found.parameters);
  if (!before.isConverged) return null;
  const { ifAlive, probabilityAlive } = buyingModel(model, before.parameters);
  // Many customers share frequency and age.
  const known = new Map<number, Map<number, number>>();
  const ifAliveOnce = (frequency: number, age: number): number => {
    const byAge = known.get(frequency) ?? new Map<number, number>();
    known.set(frequency, byAge);
    const purchases = byAge.get(age) ?? ifAlive({ frequency, age }, horizon);
    byAge.set(age, purchases);
    return purchases;
  };
  return holdoutError(
    sample,
    (frequency, recency, age) => ifAliveOnce(frequency, age) * probabilityAlive({ frequency, recency, age }),
  );
}

function fittedSpending(spending: Spending): FittedModel {
  if (spending.frequency.length === 0) return nothing('gamma_gamma', 'no_repeat_purchases', 0);
  const { p, q, v, correlation, ...found } = fitGammaGamma(spending);
  const flags = [
    ...searchFlags({ ...found, parameters: [p, q], repeatCustomers: spending.frequency.length }),
    ...spendingFlags({ correlation, q }),
  ];
  return {
    model: 'gamma_gamma',
    state: stateOf(flags),
    flags,
    ...describe({ parameters: { p, q, v }, ...found }),
    correlation,
    holdout: null,
  };
}

function nothing(model: ModelName, flag: FitFlag, customers: number): FittedModel {
  return {
    model,
    state: stateOf([flag]),
    flags: [flag],
    parameters: {},
    standardErrors: {},
    logLikelihood: null,
    customers,
    iterations: 0,
    correlation: null,
    holdout: null,
  };
}

function describe({ parameters, standardErrors, logLikelihood, customers, iterations }: Found) {
  const names = Object.keys(parameters);
  return {
    parameters,
    standardErrors: Object.fromEntries(standardErrors?.map((error, i) => [names[i] as string, error]) ?? []),
    logLikelihood,
    customers,
    iterations,
  };
}

function repeatCustomersOf({ frequency, customers }: PurchaseHistories): number {
  let sum = 0;
  for (let i = 0; i < frequency.length; i++) if ((frequency[i] as number) > 0) sum += customers[i] as number;
  return sum;
}
