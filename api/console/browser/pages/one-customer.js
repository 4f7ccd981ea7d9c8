import { html } from 'htm/preact';
import { parameterOf, reportsOf } from '../answers/openapi.js';
import { useAnswer } from '../answers/use-answer.js';
import { useOpenApi } from '../answers/use-openapi.js';
import { labelOf, shown, shownIn } from '../exact/show.js';
import { Card } from '../parts/card.js';
import { Nothing, Shown } from '../parts/states.js';

const LTV = '/v1/reports/customer-ltv';
const MAIN = ['net_revenue', 'margin', 'orders', 'average_order_value'];

/** Everything that the reports say of a customer, also those that this page does not know. @param {{ id: string }} props */
export function OneCustomer({ id }) {
  const document = useOpenApi();
  const found = useAnswer({ path: LTV, query: new URLSearchParams({ customer_id: id }) });
  const others =
    document === null
      ? []
      : reportsOf(document).filter((report) => report.path !== LTV && parameterOf(report, 'customer_id') !== null);
  return html`
    <${Shown} found=${found} show=${(/** @type {any} */ answer) => html`<${Value} row=${answer.data[0]} />`} />
    ${others.map((report) => html`<${Other} key=${report.path} id=${id} report=${report} />`)}
  `;
}

/** @param {{ row: any }} props */
function Value({ row }) {
  const rest = Object.keys(row).filter((name) => !MAIN.includes(name) && !['customer_id', 'customers'].includes(name));
  return html`
    <div class="tiles">
      ${MAIN.map((name) => html`<section class="tile" key=${name} data-measure=${name}><h2>${labelOf(name)}</h2><p class="value">${shown(row[name])}</p></section>`)}
    </div>
    ${+row.orders === 0 && html`<${Nothing} title="This customer is known, and has not ordered yet." />`}
    <${Card} title="In full"><${Facts} row=${row} names=${rest} /><//>
  `;
}

/** @param {{ row: any, names: string[] }} props */
function Facts({ row, names }) {
  return html`<dl class="facts many">
    ${names.map((name) => html`<div key=${name}><dt>${labelOf(name)}</dt><dd>${shownIn(name, row[name])}</dd></div>`)}
  </dl>`;
}

/** @param {{ id: string, report: import('../answers/openapi.js').Report }} props */
function Other({ id, report }) {
  const found = useAnswer({ path: report.path, query: new URLSearchParams({ customer_id: id }) });
  return html`<${Card} title=${labelOf(report.name)} note=${report.summary}>
    <${Shown}
      found=${found}
      height=${90}
      empty=${html`<p class="note">It says nothing of this customer.</p>`}
      show=${(/** @type {any} */ { data }) => (Array.isArray(data) ? data : [data]).slice(0, 10).map((/** @type {any} */ row, /** @type {number} */ index) => html`<${Facts} key=${index} row=${row} names=${Object.keys(row)} />`)}
    />
  <//>`;
}
