import { type BgNbd, fitBgNbd, probabilityAlive, purchasesIfAlive } from './bg-nbd.ts';
import type { Customer } from './customer.ts';
import { fitParetoNbd, type ParetoNbd, probabilityAliveByPareto, purchasesIfAliveByPareto } from './pareto-nbd.ts';
import type { PurchaseHistories } from './purchase-history.ts';

export const BUYING_MODELS = ['bg_nbd', 'pareto_nbd'] as const;
export type BuyingModelName = (typeof BUYING_MODELS)[number];

export type Parameters = Readonly<Record<string, number>>;

/** A model with its parameters. What is expected of a customer is the product of both. */
export interface BuyingModel {
  /** Purchases within a time from now on, in the unit of the histories. */
  ifAlive(customer: Pick<Customer, 'frequency' | 'age'>, horizon: number): number;
  /** 0 to 1. */
  probabilityAlive(customer: Customer): number;
}

/** What the greatest likelihood was found with. */
export interface Found {
  readonly parameters: Parameters;
  readonly standardErrors: readonly number[] | null;
  readonly logLikelihood: number;
  readonly customers: number;
  readonly iterations: number;
  readonly isConverged: boolean;
}

/** Precondition: the parameters are those that a fit of the model found. */
export function buyingModel(name: BuyingModelName, parameters: Parameters): BuyingModel {
  if (name === 'bg_nbd') {
    const model = parameters as unknown as BgNbd;
    return {
      ifAlive: (customer, horizon) => purchasesIfAlive(model, customer, horizon),
      probabilityAlive: (customer) => probabilityAlive(model, customer),
    };
  }
  const model = parameters as unknown as ParetoNbd;
  return {
    ifAlive: (customer, horizon) => purchasesIfAliveByPareto(model, customer, horizon),
    probabilityAlive: (customer) => probabilityAliveByPareto(model, customer),
  };
}

/** With `near`, parameters that are about right, sooner and without standard errors. Precondition: there is a customer. */
export function fitBuyingModel(name: BuyingModelName, histories: PurchaseHistories, near?: Parameters): Found {
  if (name === 'bg_nbd') {
    const { r, alpha, a, b, ...found } = fitBgNbd(histories, near as unknown as BgNbd | undefined);
    return { parameters: { r, alpha, a, b }, ...found };
  }
  const { r, alpha, s, beta, ...found } = fitParetoNbd(histories, near as unknown as ParetoNbd | undefined);
  return { parameters: { r, alpha, s, beta }, ...found };
}
