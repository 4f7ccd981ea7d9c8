import { MEASURE_SCHEMAS, MEASURES, SUMS } from '../measures.ts';

/** All that a report of sales trends can show. */
export const TREND_MEASURES = [...MEASURES, 'return_rate', 'contribution', 'year_to_date', 'moving_average'] as const;
export type TrendMeasure = (typeof TREND_MEASURES)[number];

/** What adds up over time: what shares, running sums, averages and forecasts can be of. */
export const ADDITIVE = [...SUMS, 'orders'] as const;
export type Additive = (typeof ADDITIVE)[number];

/** What the warehouse computes for a cell. */
export const RAW = [...ADDITIVE, 'customers', 'unconverted_lines'] as const;
export type Raw = (typeof RAW)[number];

export function placesOf(measure: Raw): number {
  return measure === 'units' || measure === 'orders' || measure === 'customers' || measure === 'unconverted_lines'
    ? 0
    : 2;
}

/** Places of a measure in an answer. */
export function shownPlaces(measure: TrendMeasure, of: Additive): number {
  switch (measure) {
    case 'return_rate':
    case 'contribution':
      return 4;
    case 'year_to_date':
      return placesOf(of);
    case 'average_order_value':
    case 'moving_average':
      return 2;
    default:
      return placesOf(measure);
  }
}

/** What the warehouse must be asked for, so that all of these can be told. */
export function rawNeeded(measures: readonly TrendMeasure[], of: Additive): readonly Raw[] {
  const needed = new Set<Raw>();
  for (const measure of measures) {
    if (measure === 'average_order_value') needed.add('net_revenue').add('orders');
    else if (measure === 'return_rate') needed.add('refunds').add('gross_revenue');
    else if (measure === 'contribution') needed.add(of);
    else if (measure !== 'year_to_date' && measure !== 'moving_average') needed.add(measure);
  }
  return RAW.filter((raw) => needed.has(raw));
}

/** Whether an answer has amounts that were sold in other currencies. */
export function showsConverted(asked: {
  readonly currency: string | null;
  readonly measures: readonly TrendMeasure[];
  readonly of: Additive;
  readonly forecast: number | null;
  readonly anomalies: boolean;
}): boolean {
  const { currency, measures, of, forecast, anomalies } = asked;
  if (currency !== null) return false;
  const isOfOne =
    measures.includes('year_to_date') || measures.includes('moving_average') || forecast !== null || anomalies;
  return (isOfOne && placesOf(of) > 0) || rawNeeded(measures, of).some((raw) => placesOf(raw) > 0);
}

const SHARE = { type: ['number', 'null'] };

export const TREND_SCHEMAS: Readonly<Record<TrendMeasure, object>> = {
  ...MEASURE_SCHEMAS,
  return_rate: { ...SHARE, description: 'Refunds divided by gross revenue, four places; null without gross revenue' },
  contribution: {
    ...SHARE,
    description:
      'Share of the measure `of` in all that was sold in the period within the filters, four places; null if that is 0',
  },
  year_to_date: {
    type: 'number',
    description:
      'The measure `of` from the first day of the (fiscal) year up to the end of what the row counts; of days 364 days before, ' +
      'from 364 days before that first day',
  },
  moving_average: {
    type: 'number',
    description:
      'The measure `of` of the last `moving_periods` periods, this one as far as the row counts it, divided by their number; two places',
  },
};
