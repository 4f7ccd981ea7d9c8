import { OTHER, SERIES } from '../parts/chart.js';

/** Measures that may be piled up: of the others a sum is not the whole. */
const ADDITIVE = new Set(['gross_revenue', 'discounts', 'refunds', 'net_revenue', 'tax', 'cost', 'margin', 'units']);

/** @param {string} measure */
export function isAdditive(measure) {
  return ADDITIVE.has(measure.replace(/^reporting_/, ''));
}

/**
 * The largest values with a colour each, and the rest as one where it may be added up. Doubles: this is for a picture.
 * @param {{ rows: any[], measure: string, nameOf: (row: any) => string, most?: number }} options
 */
export function seriesOf({ rows, measure, nameOf, most = SERIES.length - 1 }) {
  /** @type {Map<string, number>} */
  const totals = new Map();
  for (const row of rows) totals.set(nameOf(row), (totals.get(nameOf(row)) ?? 0) + +(row[measure] ?? 0));
  const ordered = [...totals].sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  const whole = ordered.reduce((sum, [, total]) => sum + total, 0);
  const additive = isAdditive(measure);
  const named = ordered.slice(0, most).map(([name, total], index) => ({
    name,
    colour: SERIES[index],
    share: additive && whole > 0 ? total / whole : null,
  }));
  const rest = ordered.slice(most);
  const others =
    rest.length === 0 || !additive
      ? []
      : [
          {
            name: `${rest.length} others`,
            colour: OTHER,
            share: whole > 0 ? rest.reduce((sum, [, total]) => sum + total, 0) / whole : null,
          },
        ];
  const known = new Set(named.map(({ name }) => name));
  return {
    series: [...named, ...others],
    left: additive ? 0 : rest.length,
    /** @param {any} row */
    seriesOfRow: (row) => (known.has(nameOf(row)) ? nameOf(row) : (others[0]?.name ?? null)),
  };
}
