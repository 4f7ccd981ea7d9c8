import { dayText } from '../exact/periods.js';

/** What a period or a value is looked into with next. */
const FINER = { year: 'quarter', quarter: 'month', month: 'day', week: 'day', day: 'hour' };
const DEEPER = {
  region: 'category',
  country: 'category',
  channel: 'category',
  category_level_1: 'category_level_2',
  category_level_2: 'category_level_3',
  category_level_3: 'product',
  category: 'product',
};

/**
 * The days of a period within the range, by the next finer grain that there is; null when there is none.
 * @param {{ period: string, until: Date, grain: string, grains: readonly string[], range: { from: string, to: string } }} options
 * `until`: when it ends
 */
export function intoPeriod({ period, until, grain, grains, range }) {
  const finer = FINER[/** @type {keyof typeof FINER} */ (grain)];
  if (finer === undefined || !grains.includes(finer)) return null;
  const last = dayText(new Date(+until - 1));
  return { grain: finer, from: period < range.from ? range.from : period, to: last > range.to ? range.to : last };
}

/**
 * Only this value, split by what is below it; null where there is no parameter to say so, or it stands for several.
 * @param {{ name: string, split: readonly string[], row: any, parameters: readonly string[], dimensions: readonly string[] }} options
 * `name`: the dimension, one of `split`
 * @returns {import('../query.js').Changes | null}
 */
export function intoValue({ name, split, row, parameters, dimensions }) {
  const parameter = [name, `${name}_id`].find((each) => parameters.includes(each));
  const value = parameter === undefined ? undefined : row[parameter];
  if (parameter === undefined || value === null || value === undefined || value === '(other)') return null;
  const deeper = DEEPER[/** @type {keyof typeof DEEPER} */ (name)];
  const isThere = deeper === undefined || !dimensions.includes(deeper) || split.includes(deeper);
  const by = split.flatMap((each) => (each !== name ? [each] : isThere ? [] : [deeper]));
  return { [parameter]: String(value), by };
}
