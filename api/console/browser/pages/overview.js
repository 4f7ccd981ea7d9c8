import { html } from 'htm/preact';
import { useMemo } from 'preact/hooks';
import { useAddress } from '../address.js';
import { useLive } from '../answers/live.js';
import { useAnswer } from '../answers/use-answer.js';
import { endsOf, momentOf, periodText, shifted } from '../exact/periods.js';
import { changeOf, durationText, percentText, shown } from '../exact/show.js';
import { Card, PageHead } from '../parts/card.js';
import { Chart, Plot, Spark } from '../parts/chart.js';
import { Segments } from '../parts/controls.js';
import { DataTable } from '../parts/data-table.js';
import { Nothing, Shown } from '../parts/states.js';
import { Checks } from './checks.js';

const PATH = '/v1/reports/sales-trends';
const GRAINS = [
  { value: 'day', label: 'Day', periods: 30 },
  { value: 'week', label: 'Week', periods: 26 },
  { value: 'month', label: 'Month', periods: 24 },
  { value: 'quarter', label: 'Quarter', periods: 12 },
];
const TILES = [
  { measure: 'net_revenue', label: 'Net revenue' },
  { measure: 'orders', label: 'Orders' },
  { measure: 'average_order_value', label: 'Average order value' },
  { measure: 'customers', label: 'Customers' },
];
const AMOUNTS = ['net_revenue', 'average_order_value'];
const MEASURES = TILES.map(({ measure }) => measure).join(',');

/** @param {string} last a day @param {string} grain */
function questionOf(last, grain) {
  const periods = GRAINS.find(({ value }) => value === grain)?.periods ?? 24;
  const query = new URLSearchParams({ grain, measures: MEASURES, from: shifted(last, grain, 1 - periods), to: last });
  return { path: PATH, query };
}

export function Overview() {
  const { query, set } = useAddress();
  const grain = GRAINS.find(({ value }) => value === query.get('grain'))?.value ?? 'month';
  // The last day with an order tells which periods are the last ones: data need not reach until today.
  const years = useAnswer({ path: PATH, query: new URLSearchParams({ grain: 'year', measures: 'units' }) });
  const last = years.answer?.meta.range?.to ?? null;
  const periods = useAnswer(last === null ? null : questionOf(last, grain));
  const found = years.answer === null || (last === null && years.answer !== null) ? years : periods;

  return html`
    <${PageHead} title="Overview" lead="What was sold, and how fresh that is.">
      <${Segments} label="Period" value=${grain} options=${GRAINS} onChange=${(/** @type {string} */ value) => set({ grain: value === 'month' ? null : value })} />
    <//>
    <${Shown}
      found=${found}
      height=${420}
      empty=${html`<${Nothing} title="Nothing has been sold yet"><p>As soon as an order is published, it is here.</p><//>`}
      show=${(/** @type {any} */ answer) => html`<${Sales} answer=${answer} grain=${answer.meta.grain} />`}
    />
    <div class="columns">
      <${Sources} />
      <${Checks} />
    </div>
  `;
}

/** @param {{ answer: import('../answers/ask.js').Answer, grain: string }} props */
function Sales({ answer, grain }) {
  const { to } = useAddress();
  const rows = answer.data;
  const partial = new Set(answer.meta.partial_periods ?? []);
  const isOpen = partial.has(rows.at(-1)?.period);
  const whole = isOpen && rows.length > 1 ? rows.at(-2) : rows.at(-1);
  const open = isOpen && rows.length > 1 ? rows.at(-1) : null;
  const options = useMemo(() => chartOptions(rows, grain, partial), [answer]);
  return html`
    <div class="tiles">
      ${TILES.map(({ measure, label }) => html`<${Tile} key=${measure} label=${label} measure=${measure} rows=${rows} whole=${whole} open=${open} grain=${grain} currency=${AMOUNTS.includes(measure) ? (answer.meta.currency ?? null) : null} />`)}
    </div>
    <${Card}
      title=${`Net revenue by ${grain}`}
      note=${`${periodText(rows[0].period, grain)} to ${periodText(rows.at(-1).period, grain)}${open === null ? '' : `; ${periodText(open.period, grain)} is not over`}`}
      actions=${html`<a class="quiet" href=${to('/console/trends', { grain })}>Look closer</a>`}
    >
      <${Chart} label=${`Net revenue by ${grain}, the numbers are in the table below`} options=${options} />
      <details>
        <summary>The numbers</summary>
        <${DataTable}
          caption=${`Sales by ${grain}`}
          columns=${[
            {
              name: 'period',
              value: (/** @type {any} */ row) => row.period,
              cell: (/** @type {any} */ row) =>
                `${periodText(row.period, grain)}${partial.has(row.period) ? ' (part)' : ''}`,
            },
            ...TILES.map(({ measure, label }) => ({ name: measure, label })),
          ]}
          rows=${rows.toReversed()}
        />
      </details>
    <//>
  `;
}

/** @param {any[]} rows @param {string} grain @param {Set<string>} partial */
function chartOptions(rows, grain, partial) {
  const ends = endsOf(
    rows.map((row) => row.period),
    grain,
  );
  const marks = rows.map((row) => ({
    at: momentOf(row.period),
    until: ends.get(row.period),
    value: +row.net_revenue,
    part: partial.has(row.period),
    text: `${periodText(row.period, grain)}${partial.has(row.period) ? ' (part)' : ''}\n${shown(row.net_revenue)}\n${shown(row.orders)} orders`,
  }));
  const x = { x1: 'at', x2: 'until', y: 'value', insetLeft: 1.5, insetRight: 1.5 };
  return {
    x: { type: 'utc' },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
      Plot.rectY(marks, {
        ...x,
        fill: 'var(--series-1)',
        fillOpacity: (/** @type {any} */ d) => (d.part ? 0.35 : 1),
        rx: 2,
      }),
      Plot.tip(
        marks,
        Plot.pointerX({ x: (/** @type {any} */ d) => new Date((+d.at + +d.until) / 2), y: 'value', title: 'text' }),
      ),
    ],
  };
}

/** @param {{ label: string, measure: string, rows: any[], whole: any, open: any, grain: string, currency: string | null }} props */
function Tile({ label, measure, rows, whole, open, grain, currency }) {
  const change = changeOf(whole[measure], whole.previous?.[measure]);
  const direction = change === null ? '' : change >= 0 ? 'up' : 'down';
  return html`<section class="tile" data-measure=${measure}>
    <h2>${label}</h2>
    <p class="value">${shown(whole[measure])}${currency && html` <span class="unit">${currency}</span>`}</p>
    <p class="note">
      ${periodText(whole.period, grain, { long: grain === 'month' })}
      ${
        change !== null &&
        html`<span class="change ${direction}" title=${`${shown(whole.previous[measure])} before`}>
          <span aria-hidden="true">${change >= 0 ? '▲' : '▼'}</span> ${percentText(Math.abs(change))}<span class="hidden"> ${change >= 0 ? 'more' : 'less'} than the ${grain} before</span>
        </span>`
      }
    </p>
    <${Spark} label=${`${label} by ${grain}`} values=${rows.map((row) => (row[measure] === null ? 0 : +row[measure]))} isOpen=${open !== null} />
    <p class="note">${open === null ? '\u00a0' : `${periodText(open.period, grain)} so far: ${shown(open[measure])}`}</p>
  </section>`;
}

function Sources() {
  const { lag } = useLive();
  if (lag === null) return null;
  const state = (/** @type {any} */ row) => (row.is_whole ? row.state : `${row.state}, not whole`);
  return html`<${Card} title="Sources" note="How much older the reports are than each service." actions=${html`<a class="quiet" href="/console/pipeline">Pipeline</a>`}>
    <${DataTable}
      caption="Lag of each source"
      isSortable=${false}
      columns=${[
        { name: 'source' },
        { name: 'state', value: state },
        { name: 'captured_rows', label: 'Rows captured' },
        {
          name: 'lag',
          label: 'Behind',
          isNumber: true,
          value: (/** @type {any} */ row) => row.lag_seconds.total,
          cell: (/** @type {any} */ row) =>
            durationText(row.lag_seconds.total === null ? null : +row.lag_seconds.total),
        },
      ]}
      rows=${lag.data}
    />
  <//>`;
}
