import { DIMENSION_SQL, type DimensionName } from './dimension.ts';
import type { SalesTrendsValues } from './parameters.ts';

/** Which facts a report is about. */
export interface Selection {
  readonly watermark: string;
  readonly timeZone: string;
  /** Windows are in Unix seconds rather than days. */
  readonly isHourly: boolean;
  /** Of the sales and their amounts; null: all, in the reporting currency. */
  readonly currency: string | null;
  /** All must hold; the values of one are alternatives. */
  readonly filters: readonly { readonly name: DimensionName; readonly values: readonly string[] }[];
  /** The cubes cannot answer: they have days of UTC, and fewer dimensions. */
  readonly needsFacts: boolean;
  /** At most this many cells are read. */
  readonly maxCells: number;
}

export function selectionOf(values: SalesTrendsValues, watermark: string, maxCells: number): Selection {
  const given: readonly (readonly [DimensionName, readonly string[]])[] = [
    ['product', values.product_id.map(String)],
    ['category', values.category],
    ['category_level_1', values.category_level_1],
    ['category_level_2', values.category_level_2],
    ['category_level_3', values.category_level_3],
    ['segment', values.segment],
    ['region', values.region],
    ['country', values.country],
    ['channel', values.channel],
    ['payment_method', values.payment_method],
    ['new_or_returning', values.new_or_returning],
  ];
  const filters = given.flatMap(([name, values]) =>
    values.length > 0 ? [{ name, values: [...new Set(values)] }] : [],
  );
  const isHourly = values.grain === 'hour';
  return {
    watermark,
    timeZone: values.time_zone,
    isHourly,
    currency: values.currency,
    filters,
    needsFacts: isHourly || values.time_zone !== 'UTC' || filters.some(({ name }) => DIMENSION_SQL[name].isOfFacts),
    maxCells,
  };
}

/** SQL of the business day of a moment, as a number of days; for queries with the parameter `time_zone`. */
export function businessDaySql(moment: string, timeZone: string): string {
  return timeZone === 'UTC'
    ? `toInt32(toDate32(${moment}))`
    : `toInt32(toDate32(toTimeZone(${moment}, {time_zone:String})))`;
}
