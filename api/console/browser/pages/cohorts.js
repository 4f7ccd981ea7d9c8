import { html } from 'htm/preact';
import { useAddress } from '../address.js';
import { useAnswer } from '../answers/use-answer.js';
import { Exact } from '../exact/exact.js';
import { periodText, shifted } from '../exact/periods.js';
import { compactText, percentText, shown } from '../exact/show.js';
import { Card } from '../parts/card.js';
import { Segments } from '../parts/controls.js';
import { Download } from '../parts/download.js';
import { Nothing, Shown } from '../parts/states.js';
import { cohortGrid } from './cohort-grid.js';

const PATH = '/v1/reports/cohorts';
const MEASURES = [
  { value: 'retention', label: 'Retention' },
  { value: 'cumulative_reporting_net_revenue_per_customer', label: 'Net revenue per customer' },
  { value: 'customers', label: 'Customers' },
];
const MAX_COHORTS = 16;
const MAX_AGE = 15;
const COLUMNS = [
  'acquisition_month',
  'age_months',
  'month',
  'is_partial',
  'cohort_customers',
  'customers',
  'orders',
  'retention',
  'reporting_net_revenue',
  'cumulative_reporting_net_revenue',
  'cumulative_reporting_net_revenue_per_customer',
];

/** @param {unknown} value @param {string} measure */
function cellText(value, measure) {
  if (!(value instanceof Exact)) return '';
  if (measure === 'retention') return percentText(+value).replace(/\.\d%/, '%');
  return measure === 'customers' ? shown(value) : compactText(+value);
}

/** A row for each month of first order, a column for each month since: a heat map that is a table. */
export function Cohorts() {
  const { query, set } = useAddress();
  const measure = MEASURES.find(({ value }) => value === query.get('cohorts'))?.value ?? 'retention';
  // The newest cohorts: which they are is told by the last one.
  const last = useAnswer({ path: PATH, query: new URLSearchParams({ max_age: '0' }) });
  const newest = last.answer?.data.at(-1)?.acquisition_month ?? null;
  const question =
    newest === null
      ? null
      : {
          path: PATH,
          query: new URLSearchParams({ from: shifted(newest, 'month', 1 - MAX_COHORTS), max_age: String(MAX_AGE) }),
        };
  const cells = useAnswer(question);
  const found = newest === null ? last : cells;
  return html`<${Card}
    title="Cohorts"
    note="Customers by the month of their first order; what is not observed yet is empty."
    actions=${html`
      <${Segments} label="In the cells" value=${measure} options=${MEASURES} onChange=${(/** @type {string} */ value) => set({ cohorts: value })} />
      ${cells.answer && html`<${Download} name="cohorts" rows=${cells.answer.data} columns=${COLUMNS} />`}
    `}
  >
    <${Shown} found=${found} height=${360} empty=${html`<${Nothing} title="No customer has ordered yet." />`} show=${(/** @type {any} */ answer) => html`<${Grid} rows=${answer.data} measure=${measure} />`} />
  <//>`;
}

/** @param {{ rows: any[], measure: string }} props */
function Grid({ rows, measure }) {
  const { cohorts, ages, heatOf } = cohortGrid(rows, measure);
  const heading = MEASURES.find(({ value }) => value === measure)?.label;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Cohorts">
    <table class="heat">
      <caption class="hidden">${heading} by month of first order and months since</caption>
      <thead>
        <tr>
          <th scope="col">First order</th>
          <th scope="col" class="number">Customers</th>
          ${ages.map((age) => html`<th key=${age} scope="col" class="number" title=${`${age} months later`}>${age}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${cohorts.map(
          ({ month, size, cells }) =>
            html`<tr key=${month}>
              <th scope="row">${periodText(month, 'month')}</th>
              <td class="number">${shown(size)}</td>
              ${ages.map((age) => {
                const cell = cells.get(age);
                if (cell === undefined) return html`<td key=${age} class="unseen"></td>`;
                const title = `${periodText(month, 'month')}, ${age} months later: ${shown(cell[measure])}${cell.is_partial ? ' (the month is not over)' : ''}`;
                return html`<td key=${age} class=${cell.is_partial ? 'cell part' : 'cell'} title=${title} style=${{ '--heat-share': `${heatOf(cell)}%` }}>${cellText(cell[measure], measure)}</td>`;
              })}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
