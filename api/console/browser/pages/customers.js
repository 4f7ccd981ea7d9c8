import { html } from 'htm/preact';
import { useMemo } from 'preact/hooks';
import { useAddress } from '../address.js';
import { useAnswer } from '../answers/use-answer.js';
import { compactText, labelOf, shown } from '../exact/show.js';
import { Card, PageHead } from '../parts/card.js';
import { Chart, Plot } from '../parts/chart.js';
import { Choice, Input, optionsOf } from '../parts/controls.js';
import { DataTable } from '../parts/data-table.js';
import { Download } from '../parts/download.js';
import { Nothing, Shown } from '../parts/states.js';
import { Cohorts } from './cohorts.js';
import { OneCustomer } from './one-customer.js';

const LTV = '/v1/reports/customer-ltv';
const ORDERS = ['net_revenue', 'margin', 'orders', 'units', 'average_order_value', 'refunds'];
const COLUMNS = [
  'customer_id',
  'acquisition_month',
  'net_revenue',
  'margin',
  'orders',
  'units',
  'average_order_value',
  'first_order_at',
  'last_order_at',
];

export function Customers() {
  const { query, set, to } = useAddress();
  const customer = query.get('customer');
  const find = html`<${Input} label="Customer ID" value=${customer ?? ''} placeholder="one customer" onChange=${(/** @type {string} */ value) => set({ customer: value })} />`;
  if (customer !== null)
    return html`<${PageHead} title=${`Customer ${customer}`} lead=${html`<a href=${to('/console/customers')}>All customers</a>`}>${find}<//><${OneCustomer} id=${customer} />`;
  return html`
    <${PageHead} title="Customers" lead="Who comes back, and what they are worth with time.">${find}<//>
    <${Cohorts} />
    <div class="columns">
      <${Distribution} />
      <${Segments} />
    </div>
    <${Top} />
  `;
}

const MAX_CUSTOMERS = 20_000;
const DISTRIBUTION = {
  path: '/v1/cubes/customer_ltv_analysis/query',
  body: { measures: ['reporting_net_revenue'], dimensions: ['customer_id'], limit: MAX_CUSTOMERS },
};

/** How unlike the customers are: a mean alone hides it. */
function Distribution() {
  const found = useAnswer(DISTRIBUTION, { isLive: false });
  return html`<${Card} title="What a customer is worth" note="Customers by net revenue so far, in the reporting currency.">
    <${Shown} found=${found} height=${260} empty=${html`<${Nothing} title="No customer has ordered yet." />`} show=${(/** @type {any} */ answer) => html`<${Histogram} answer=${answer} />`} />
  <//>`;
}

/** @param {{ answer: import('../answers/ask.js').Answer }} props */
function Histogram({ answer }) {
  const { values, quantiles } = useMemo(() => {
    const sorted = Float64Array.from(answer.data, (/** @type {any} */ row) => +(row.reporting_net_revenue ?? 0)).sort();
    const at = (/** @type {number} */ share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    // A few very large ones would leave the rest one bar.
    const edge = at(0.99);
    return {
      values: Array.from(sorted).filter((value) => value <= edge),
      quantiles: { median: at(0.5), 'upper quarter': at(0.75), 'upper tenth': at(0.9), highest: at(1) },
    };
  }, [answer]);
  const options = useMemo(
    () => ({
      x: { tickFormat: compactText },
      marks: [
        Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
        Plot.rectY(
          values,
          Plot.binX(
            { y: 'count' },
            { x: (/** @type {number} */ d) => d, thresholds: 40, fill: 'var(--series-1)', insetLeft: 1, insetRight: 0 },
          ),
        ),
        Plot.ruleX([quantiles.median], { stroke: 'var(--ink)', strokeDasharray: '3 3' }),
        Plot.tip(
          values,
          Plot.pointerX(
            Plot.binX(
              { y: 'count', title: (/** @type {any[]} */ bin) => `${bin.length} customers` },
              { x: (/** @type {number} */ d) => d, thresholds: 40 },
            ),
          ),
        ),
      ],
    }),
    [answer],
  );
  return html`
    <${Chart} label="Customers by net revenue so far" height=${220} options=${options} />
    <dl class="facts">
      ${Object.entries(quantiles).map(([name, value]) => html`<div key=${name}><dt>${labelOf(name)}</dt><dd>${compactText(value)}</dd></div>`)}
    </dl>
    <p class="note">${shown(answer.meta.rows)} customers${answer.meta.is_truncated ? ', the first by their ID; there are more' : ''}. The dashed line is the median; the highest hundredth lies to the right of the chart.</p>
  `;
}

function Segments() {
  const found = useAnswer({ path: LTV, query: new URLSearchParams({ by: 'segment' }) });
  return html`<${Card} title="Segments" note="Per customer with an order.">
    <${Shown}
      found=${found}
      show=${(/** @type {any} */ answer) =>
        html`<${DataTable}
          caption="Customer value by segment"
          columns=${[{ name: 'segment' }, { name: 'customers' }, { name: 'net_revenue_per_customer', label: 'Net revenue each' }, { name: 'margin_per_customer', label: 'Margin each' }]}
          rows=${answer.data}
        />`}
      empty=${html`<${Nothing} title="No customer has ordered yet." />`}
    />
  <//>`;
}

function Top() {
  const { query, set, to } = useAddress();
  const orderBy = ORDERS.find((each) => each === query.get('top')) ?? 'net_revenue';
  const question = { path: LTV, query: new URLSearchParams({ order_by: orderBy, limit: '50' }) };
  const found = useAnswer(question);
  const columns = COLUMNS.map((name) =>
    name !== 'customer_id'
      ? {
          name,
          ...(name.endsWith('_at') && { cell: (/** @type {any} */ row) => row[name]?.slice(0, 10) ?? '–' }),
          ...(name === 'acquisition_month' && {
            label: 'First month',
            cell: (/** @type {any} */ row) => row[name]?.slice(0, 7) ?? '–',
          }),
        }
      : {
          name,
          label: 'Customer',
          cell: (/** @type {any} */ row) =>
            html`<a href=${to('/console/customers', { customer: row.customer_id.text })}>${row.customer_id.text}</a>`,
        },
  );
  return html`<${Card}
    title="Customers of highest value"
    actions=${html`
      <${Choice} label="By" value=${orderBy} options=${optionsOf(ORDERS)} onChange=${(/** @type {string} */ top) => set({ top })} />
      ${found.answer && html`<${Download} name="customers" rows=${found.answer.data} columns=${COLUMNS} />`}
    `}
  >
    <${Shown} found=${found} show=${(/** @type {any} */ answer) => html`<${DataTable} caption="Customers of highest value" columns=${columns} rows=${answer.data} firstRows=${15} />`} empty=${html`<${Nothing} title="No customer has ordered yet." />`} />
  <//>`;
}
