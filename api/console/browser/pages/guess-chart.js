import { Exact } from '../exact/exact.js';
import { momentOf } from '../exact/periods.js';
import { compactText, isIdentifier, shown, shownIn } from '../exact/show.js';
import { Plot } from '../parts/chart.js';

const MAX_BARS = 15;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What is in an object stands beside it, as `previous.net_revenue`. @param {any[]} rows @returns {any[]} */
export function flatRows(rows) {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row ?? {}).flatMap(([name, value]) =>
        typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Exact)
          ? Object.entries(value).map(([inner, each]) => [`${name}.${inner}`, each])
          : [[name, value]],
      ),
    ),
  );
}

/**
 * Which columns make a picture: over time when there is a day, else a bar a row by its name; null when there are no numbers.
 * @param {any[]} rows @param {string[]} names
 * @returns {{ at: string | null, labels: string[], numbers: string[] } | null}
 */
export function guessChart(rows, names) {
  if (rows.length < 2) return null;
  const every = (/** @type {string} */ name, /** @type {(value: any) => boolean} */ is) =>
    rows.some((row) => row[name] != null) && rows.every((row) => row[name] == null || is(row[name]));
  const numbers = names.filter((name) => !isIdentifier(name) && every(name, (value) => value instanceof Exact));
  if (numbers.length === 0) return null;
  const at = names.find((name) => every(name, (value) => typeof value === 'string' && DAY.test(value))) ?? null;
  const texts = names.filter(
    (name) => name !== at && every(name, (value) => typeof value === 'string' && !DAY.test(value)),
  );
  // Several rows a day that no name tells apart are no line.
  const days = at === null ? 0 : new Set(rows.map((row) => row[at])).size;
  if (at !== null && days > 1 && (days === rows.length || texts.length > 0))
    return { at, labels: texts.slice(0, 1), numbers };
  const labels = tellingApart(rows, texts.length > 0 ? texts : names.filter(isIdentifier));
  return labels.length === 0 ? null : { at: null, labels, numbers };
}

/** One or two columns by which each row is another one; else the first. @param {any[]} rows @param {string[]} names */
function tellingApart(rows, names) {
  const pairs = [...names.map((name) => [name]), ...names.slice(1).map((name) => [names[0], name])];
  const isEnough = (/** @type {string[]} */ columns) =>
    new Set(rows.map((row) => columns.map((name) => row[name]).join('\0'))).size === rows.length;
  return pairs.find(isEnough) ?? names.slice(0, 1);
}

/** @param {any[]} rows @param {{ at: string | null, labels: string[] }} guess @param {string} measure */
export function pictureOf(rows, { at, labels }, measure) {
  const nameOf = (/** @type {any} */ row) => labels.map((name) => shownIn(name, row[name])).join(' · ');
  const value = (/** @type {any} */ row) => (row[measure] == null ? Number.NaN : +row[measure]);
  if (at !== null) {
    const largest = topNames(rows, nameOf, value);
    const points = rows
      .filter((row) => row[at] != null && largest.includes(nameOf(row)))
      .map((row) => ({
        at: momentOf(row[at]),
        value: value(row),
        name: nameOf(row),
        text: `${nameOf(row)}\n${row[at]}\n${shown(row[measure])}`,
      }));
    const color = { domain: largest, range: largest.map((_, index) => `var(--series-${index + 1})`) };
    return {
      entries: largest.length > 1 ? largest.map((name, index) => ({ name, colour: color.range[index] })) : [],
      height: 280,
      options: {
        x: { type: 'utc' },
        color,
        marks: [
          Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
          Plot.line(points, { x: 'at', y: 'value', stroke: 'name', strokeWidth: 2 }),
          Plot.dot(points, { x: 'at', y: 'value', fill: 'name', r: points.length > 200 ? 0 : 2.5 }),
          Plot.tip(points, Plot.pointer({ x: 'at', y: 'value', title: 'text' })),
        ],
      },
    };
  }
  const bars = rows.slice(0, MAX_BARS).map((row, index) => ({
    key: `${index}`,
    name: nameOf(row),
    value: value(row),
    text: `${nameOf(row)}\n${shown(row[measure])}`,
  }));
  const names = new Map(bars.map(({ key, name }) => [key, name.length > 26 ? `${name.slice(0, 25)}…` : name]));
  return {
    entries: [],
    height: 50 + 19 * bars.length,
    options: {
      marginLeft: Math.min(195, 20 + 6.6 * Math.max(...[...names.values()].map((name) => name.length))),
      x: { grid: true, ticks: 5, tickFormat: compactText },
      y: { grid: false, tickFormat: (/** @type {string} */ key) => names.get(key), domain: bars.map(({ key }) => key) },
      marks: [
        Plot.ruleX([0], { stroke: 'var(--line-strong)' }),
        Plot.barX(bars, { y: 'key', x: 'value', fill: 'var(--series-1)', rx: 2, insetTop: 1, insetBottom: 1 }),
        Plot.tip(bars, Plot.pointerY({ y: 'key', x: 'value', title: 'text' })),
      ],
    },
  };
}

/** @param {any[]} rows @param {(row: any) => string} nameOf @param {(row: any) => number} value */
function topNames(rows, nameOf, value) {
  /** @type {Map<string, number>} */
  const totals = new Map();
  for (const row of rows) totals.set(nameOf(row), (totals.get(nameOf(row)) ?? 0) + Math.abs(value(row) || 0));
  return [...totals]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 8)
    .map(([name]) => name);
}
