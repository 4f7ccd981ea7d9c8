/** The strongest colour on which the text can still be read. */
const MAX_HEAT = 80;

/**
 * Rows of the report as a grid, and how strongly a cell is coloured. Retention's first column is all of them by definition,
 * and would drown the rest: it does not set the scale.
 * @param {any[]} rows @param {string} measure
 */
export function cohortGrid(rows, measure) {
  /** @type {Map<string, { month: string, size: any, cells: Map<number, any> }>} */
  const cohorts = new Map();
  for (const row of rows) {
    const month = row.acquisition_month;
    const cohort = cohorts.get(month) ?? { month, size: row.cohort_customers, cells: new Map() };
    cohort.cells.set(+row.age_months, row);
    cohorts.set(month, cohort);
  }
  const scaled = measure === 'retention' || measure === 'customers' ? rows.filter((row) => +row.age_months > 0) : rows;
  const highest = scaled.reduce((most, row) => Math.max(most, +(row[measure] ?? 0)), 0);
  const oldest = rows.reduce((most, row) => Math.max(most, +row.age_months), 0);
  return {
    cohorts: [...cohorts.values()],
    ages: Array.from({ length: oldest + 1 }, (_, age) => age),
    /** @param {any} row */
    heatOf: (row) =>
      highest <= 0 ? 0 : Math.round(MAX_HEAT * Math.min(1, Math.max(0, +(row[measure] ?? 0) / highest))),
  };
}
