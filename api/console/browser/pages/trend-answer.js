import { html } from 'htm/preact';
import { useAddress } from '../address.js';
import { choicesOf, parameterOf } from '../answers/openapi.js';
import { Exact } from '../exact/exact.js';
import { endsOf, momentOf, periodText } from '../exact/periods.js';
import { changeOf, labelOf, percentText, shown } from '../exact/show.js';
import { Card } from '../parts/card.js';
import { Choice, optionsOf } from '../parts/controls.js';
import { DataTable } from '../parts/data-table.js';
import { Download } from '../parts/download.js';
import { TrendChart } from './trend-chart.js';
import { intoPeriod, intoValue } from './trend-drill.js';

/**
 * The share by which a row differs from what it is compared with: the server's where it says one. A part of a period against
 * a whole one says nothing.
 * @param {any} row @param {string} measure @param {boolean} isPart
 */
function changeIn(row, measure, isPart) {
  const said = row.change_ratio?.[measure];
  if (said instanceof Exact) return +said;
  return isPart || row.change_ratio !== undefined ? null : changeOf(row[measure], row.previous?.[measure]);
}

/**
 * @param {{ answer: import('../answers/ask.js').Answer, measures: string[], report: import('../answers/openapi.js').Report, dimensions: string[], question: import('../answers/ask.js').Question }} props
 */
export function TrendAnswer({ answer, measures, report, dimensions, question }) {
  const { query, set, href } = useAddress();
  const { data: rows, meta } = answer;
  const { grain, range, parameters } = meta;
  const names = [parameters.by ?? []].flat().flatMap((value) => String(value).split(','));
  const partial = new Set((meta.partial_periods ?? []).map(String));
  const there = measures.filter((measure) => measure in rows[0]);
  const charted = query.get('chart') ?? '';
  const measure = there.includes(charted) ? charted : (there[0] ?? 'net_revenue');
  const isForecast = measure === (parameters.of ?? 'net_revenue');
  const compared =
    parameters.compare == null ? `the ${grain} before` : labelOf(String(parameters.compare)).toLowerCase();
  const nameOf =
    names.length === 0 ? null : (/** @type {any} */ row) => names.map((name) => shown(row[name])).join(' · ');
  const ends = endsOf(
    rows.map((/** @type {any} */ row) => row.period),
    grain,
  );
  const grains = choicesOf(parameterOf(report, 'grain'));
  const known = report.parameters.map(({ name }) => name);
  const into = (/** @type {any} */ row) =>
    intoPeriod({ period: row.period, until: /** @type {Date} */ (ends.get(row.period)), grain, grains, range });

  const periodColumn = {
    name: 'period',
    cell: (/** @type {any} */ row) => {
      const changes = row[measure] == null ? null : into(row);
      const text = `${periodText(row.period, grain)}${partial.has(row.period) ? ' (part)' : ''}`;
      return changes === null ? text : html`<a href=${href(changes)} title=${`By ${changes.grain}`}>${text}</a>`;
    },
  };
  const valueColumns = names.map((name) => ({
    name,
    cell: (/** @type {any} */ row) => {
      if (row[name] == null) return html`<em>all</em>`;
      const changes = intoValue({ name, split: names, row, parameters: known, dimensions });
      return changes === null
        ? shown(row[name])
        : html`<a href=${href(changes)} title="Only this">${shown(row[name])}</a>`;
    },
  }));
  const flat = rows.map((/** @type {any} */ row) => ({
    ...row,
    before: row.previous?.[measure] ?? null,
    expected: row.forecast?.value ?? null,
    lower: row.forecast?.lower ?? null,
    upper: row.forecast?.upper ?? null,
    expectation: row.anomaly?.expected ?? null,
  }));
  const also = [
    { name: 'expected', label: 'Forecast' },
    { name: 'lower', label: 'At least' },
    { name: 'upper', label: 'At most' },
    { name: 'expectation', label: 'Stands out from' },
  ].filter(({ name }) => flat.some((/** @type {any} */ row) => row[name] !== null));
  const changeColumn = {
    name: 'change',
    isNumber: true,
    value: (/** @type {any} */ row) => changeIn(row, measure, partial.has(row.period)),
    cell: (/** @type {any} */ row) => {
      const change = changeIn(row, measure, partial.has(row.period));
      if (change === null) return '–';
      return html`<span class="change ${change >= 0 ? 'up' : 'down'}">${change >= 0 ? '+' : ''}${percentText(change)}</span>`;
    },
  };
  const before = { name: 'before', label: `${labelOf(measure)}, ${compared}` };
  const columns = [periodColumn, ...valueColumns, ...there.map((name) => ({ name })), before, changeColumn, ...also];
  const newestFirst = flat.toSorted(
    (/** @type {any} */ a, /** @type {any} */ b) => +momentOf(b.period) - +momentOf(a.period),
  );
  const files = ['period', ...names, ...there, 'before', ...also.map(({ name }) => name)];
  const notes = [
    range?.from ? `${range.from} to ${range.to}, both included, ${range.time_zone ?? 'UTC'}` : null,
    meta.currency ? `amounts in ${meta.currency}` : null,
    meta.unconverted_lines && +meta.unconverted_lines > 0
      ? `${shown(meta.unconverted_lines)} items have no rate and are in no amount`
      : null,
  ].filter((note) => note !== null);

  return html`<${Card}
    title=${`${labelOf(measure)} by ${[grain, ...names.map(labelOf)].join(' and ').toLowerCase()}`}
    note=${notes.join('; ')}
    actions=${html`
      <${Choice} label="In the chart" value=${measure} options=${optionsOf(there)} onChange=${(/** @type {string} */ chart) => set({ chart })} />
      <${Download} name="sales-trends" rows=${flat} columns=${files} parameters=${report.parameters} question=${question} watermark=${meta.watermark} />
    `}
  >
    <${TrendChart}
      rows=${rows}
      measure=${measure}
      grain=${grain}
      partial=${partial}
      compared=${compared}
      isForecast=${isForecast}
      nameOf=${nameOf}
      onPick=${(/** @type {any} */ row) => set(into(row) ?? {})}
    />
    <${DataTable} caption="Sales trends" columns=${columns} rows=${newestFirst} />
  <//>`;
}
