import { modelAt } from '../../warehouse/published/published.ts';
import type { ReaderQuery } from '../warehouse-reader.ts';

/** What amounts named reporting_... are converted to: the column `currency` of one row, the same for everybody. */
export function reportingCurrencyQuery(watermark: string): ReaderQuery {
  return {
    name: 'reporting_currency',
    sql: `select anyOrNull(currency) as currency from ${modelAt('reporting_currency')}`,
    parameters: { watermark },
  };
}

/** JSON Schema of `meta.currency`. */
export const REPORTING_CURRENCY_SCHEMA = {
  type: ['string', 'null'],
  description: 'What all amounts are in: the reporting currency, converted at the rate of the day of the order.',
};
