import { html } from 'htm/preact';
import { useMemo } from 'preact/hooks';
import { endsOf, momentOf, periodText } from '../exact/periods.js';
import { compactText, labelOf, percentText, shown } from '../exact/show.js';
import { Chart, Legend, Plot } from '../parts/chart.js';
import { isAdditive, seriesOf } from './trend-series.js';

/**
 * @typedef {{ rows: any[], measure: string, grain: string, partial: Set<string>, compared: string, isForecast: boolean }} Picture
 * `compared`: what `previous` is of; `isForecast`: the measure is the one that is forecast
 */

/**
 * One measure over the periods: bars with what they are compared with as a mark, or a pile or lines by a dimension.
 * @param {Picture & { nameOf: ((row: any) => string) | null, onPick: (row: any) => void }} props
 */
export function TrendChart({ nameOf, onPick, ...of }) {
  const { rows, measure, grain } = of;
  const picture = useMemo(() => (nameOf === null ? alone(of) : split({ ...of, nameOf })), [rows, measure, grain]);
  return html`
    <${Legend} entries=${picture.entries} />
    <${Chart} label=${`${labelOf(measure)} by ${grain}, the numbers are in the table below`} height=${320} options=${picture.options} onPick=${(/** @type {any} */ datum) => onPick(datum.row)} />
    ${picture.left > 0 && html`<p class="note">${picture.left} smaller ones are in the table only: they cannot be added up.</p>`}
  `;
}

/** @param {any} row @param {string} measure */
function numberOf(row, measure) {
  return row?.[measure] == null ? Number.NaN : +row[measure];
}

/** @param {any} d */
const middle = (d) => new Date((+d.at + +d.until) / 2);

/** @param {Picture} options */
function alone({ rows, measure, grain, partial, compared, isForecast }) {
  const ends = endsOf(
    rows.map((row) => row.period),
    grain,
  );
  const marks = rows.map((row) => {
    const expected = isForecast ? (row.forecast ?? null) : null;
    const name = `${periodText(row.period, grain)}${partial.has(row.period) ? ' (part)' : ''}`;
    const before = row.previous?.[measure] == null ? '' : `\n${shown(row.previous[measure])} ${compared}`;
    return {
      row,
      at: momentOf(row.period),
      until: /** @type {Date} */ (ends.get(row.period)),
      value: numberOf(row, measure),
      before: numberOf(row.previous, measure),
      part: partial.has(row.period),
      expected: numberOf(expected, 'value'),
      lower: numberOf(expected, 'lower'),
      upper: numberOf(expected, 'upper'),
      isStrange: isForecast && row.anomaly != null,
      text:
        (row[measure] == null ? name : `${name}\n${shown(row[measure])}${before}`) +
        (expected === null
          ? ''
          : `\n${shown(expected.value)} expected,\n${shown(expected.lower)} to ${shown(expected.upper)}`),
    };
  });
  const expected = marks.filter((mark) => !Number.isNaN(mark.expected));
  const strange = marks.filter((mark) => mark.isStrange);
  const across = {
    x1: 'at',
    x2: 'until',
    insetLeft: marks.length > 120 ? 0 : 1,
    insetRight: marks.length > 120 ? 0 : 1,
  };
  const few = marks.length <= 60;
  return {
    left: 0,
    entries: [
      {
        name: labelOf(measure),
        colour: 'var(--series-1)',
        note: marks.some(({ part }) => part) ? 'lighter: a part of the period' : undefined,
      },
      ...(few ? [{ name: compared, colour: 'var(--ink)' }] : []),
      ...(expected.length > 0
        ? [{ name: 'expected, with what 95% of cases lie between', colour: 'var(--series-2)' }]
        : []),
      ...(strange.length > 0 ? [{ name: 'stands out', colour: 'var(--bad)' }] : []),
    ],
    options: {
      x: { type: 'utc' },
      marks: [
        Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
        Plot.rectY(expected, { ...across, y: 'expected', fill: 'var(--series-2)', fillOpacity: 0.35, rx: 2 }),
        Plot.rectY(marks, {
          ...across,
          y: 'value',
          fill: 'var(--series-1)',
          fillOpacity: (/** @type {any} */ d) => (d.part ? 0.35 : 1),
          rx: few ? 2 : 0,
        }),
        ...(few
          ? [Plot.ruleY(marks, { ...across, y: 'before', stroke: 'var(--ink)', strokeWidth: 1.5, strokeOpacity: 0.75 })]
          : []),
        Plot.ruleX(expected, { x: middle, y1: 'lower', y2: 'upper', stroke: 'var(--series-2)', strokeWidth: 2 }),
        Plot.dot(strange, { x: middle, y: 'value', fill: 'var(--bad)', stroke: 'var(--surface)', r: 5 }),
        Plot.tip(
          marks,
          Plot.pointerX({
            x: middle,
            y: (/** @type {any} */ d) => (Number.isNaN(d.value) ? d.expected : d.value),
            title: 'text',
          }),
        ),
      ],
    },
  };
}

/** @param {Picture & { nameOf: (row: any) => string }} options */
function split({ rows: all, measure, grain, nameOf }) {
  // What is added up in a subtotal is there already; what is only expected is in the table.
  const rows = all.filter((row) => !(row.subtotal_over?.length > 0) && row[measure] != null);
  const { series, left, seriesOfRow } = seriesOf({ rows, measure, nameOf });
  const ends = endsOf(
    rows.map((row) => row.period),
    grain,
  );
  const marks = together(rows, seriesOfRow, measure).map((each) => ({
    ...each,
    at: momentOf(each.row.period),
    until: ends.get(each.row.period),
    text: `${each.series}\n${periodText(each.row.period, grain)}\n${each.count === 1 ? shown(each.row[measure]) : compactText(each.value)}`,
  }));
  const colour = { domain: series.map(({ name }) => name), range: series.map((each) => each.colour) };
  const order = colour.domain;
  const across = {
    x1: 'at',
    x2: 'until',
    insetLeft: rows.length > 2_000 ? 0 : 1,
    insetRight: rows.length > 2_000 ? 0 : 1,
  };
  return {
    left,
    entries: series.map(({ name, colour: swatch, share }) => ({
      name,
      colour: swatch,
      note: share === null ? undefined : percentText(share),
    })),
    options: {
      x: { type: 'utc' },
      color: colour,
      marks: isAdditive(measure)
        ? [
            Plot.rectY(marks, {
              ...Plot.stackY({ order, x1: 'at', x2: 'until', y: 'value', z: 'series' }),
              ...across,
              fill: 'series',
            }),
            Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
            Plot.tip(marks, Plot.pointer(Plot.stackY({ order, x: middle, y: 'value', z: 'series', title: 'text' }))),
          ]
        : [
            Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
            Plot.line(marks, { x: 'at', y: 'value', stroke: 'series', strokeWidth: 2 }),
            Plot.dot(marks, { x: 'at', y: 'value', fill: 'series', r: 2.5 }),
            Plot.tip(marks, Plot.pointer({ x: 'at', y: 'value', title: 'text' })),
          ],
    },
  };
}

/**
 * One value a period and series: those that are shown as one are added up, for the picture.
 * @param {any[]} rows @param {(row: any) => string | null} seriesOfRow @param {string} measure
 */
function together(rows, seriesOfRow, measure) {
  /** @type {Map<string, { row: any, series: string, value: number, count: number }>} */
  const cells = new Map();
  for (const row of rows) {
    const series = seriesOfRow(row);
    if (series === null) continue;
    const key = `${row.period} ${series}`;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, { row, series, value: numberOf(row, measure), count: 1 });
    else {
      cell.value += numberOf(row, measure);
      cell.count += 1;
    }
  }
  return [...cells.values()];
}
