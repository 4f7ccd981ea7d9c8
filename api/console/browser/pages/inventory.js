import { html } from 'htm/preact';
import { useAddress } from '../address.js';
import { reportOf } from '../answers/openapi.js';
import { useOpenApi } from '../answers/use-openapi.js';
import { Exact } from '../exact/exact.js';
import { labelOf, shown } from '../exact/show.js';
import { PageHead } from '../parts/card.js';
import { Loading, Nothing } from '../parts/states.js';
import { hrefOf } from '../query.js';
import { ReportView } from './report-view.js';

const PATH = '/v1/reports/inventory';
const CUBE = hrefOf(
  '/console/explore',
  new URLSearchParams({
    cube: 'inventory_position',
    measures: 'on_hand,reserved,available',
    dimensions: 'warehouse_id.name',
  }),
);
/** What a shelf is asked first; the rest of the columns follows as the server has them. */
const FIRST = [
  'sku',
  'product',
  'name',
  'category',
  'warehouse',
  'status',
  'on_hand',
  'available',
  'reserved',
  'in_transit',
  'days_of_cover',
  'reorder_point',
  'safety_stock',
  'eoq',
  'abc',
  'abc_class',
  'xyz',
  'xyz_class',
];

/** @param {unknown} value */
const numberOf = (value) => (value instanceof Exact ? +value : null);

/** What has to be ordered now, and what ran out: counts of the rows that are shown. @param {{ rows: any[] }} props */
function Alarms({ rows }) {
  const has = (/** @type {string} */ name) => rows.some((row) => row[name] !== undefined);
  const counts = [
    { label: 'Rows shown', value: rows.length, isShown: true },
    {
      label: 'Nothing available',
      value: rows.filter((row) => (numberOf(row.available) ?? 1) <= 0).length,
      isShown: has('available'),
    },
    {
      label: 'At or below reorder point',
      value: rows.filter(
        (row) =>
          numberOf(row.reorder_point) !== null &&
          (numberOf(row.available) ?? Number.POSITIVE_INFINITY) <= (numberOf(row.reorder_point) ?? 0),
      ).length,
      isShown: has('reorder_point') && has('available'),
    },
    {
      label: 'Less than 7 days of cover',
      value: rows.filter((row) => (numberOf(row.days_of_cover) ?? 7) < 7).length,
      isShown: has('days_of_cover'),
    },
  ].filter(({ isShown }) => isShown);
  return html`<div class="tiles">
    ${counts.map(({ label, value }) => html`<section class="tile" key=${label}><h2>${label}</h2><p class="value">${shown(new Exact(String(value)))}</p></section>`)}
  </div>`;
}

/** The report as the server documents it, with the columns that matter first. */
export function Inventory() {
  const document = useOpenApi();
  const { path } = useAddress();
  if (document === null) return html`<${PageHead} title="Inventory" /><${Loading} height=${420} />`;
  const report = reportOf(document, PATH);
  if (report === null) {
    return html`<${PageHead} title="Inventory" lead="What there is, how long it lasts, and when to order." />
      <${Nothing} title="This server does not offer an inventory report.">
        <p>It has none at <code>${PATH}</code>. <a href=${CUBE}>What is on hand is in the cube <code>inventory_position</code></a>.</p>
      <//>`;
  }
  const names = Object.keys(report.row.properties ?? {});
  const columns = [...FIRST.filter((name) => names.includes(name)), ...names.filter((name) => !FIRST.includes(name))];
  return html`
    <${PageHead} title="Inventory" lead=${report.summary || labelOf(report.name)} />
    <${ReportView} key=${path} report=${report} columns=${columns} above=${Alarms} />
  `;
}
