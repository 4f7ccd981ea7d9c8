import { Exact, groupDigits } from './exact.js';

/** Words that are not written like other words. */
const WORDS = {
  id: 'ID',
  sku: 'SKU',
  abc: 'ABC',
  xyz: 'XYZ',
  eoq: 'EOQ',
  rfm: 'RFM',
  clv: 'CLV',
  ltv: 'LTV',
  aov: 'AOV',
  p: 'P',
  as: 'as',
};

/** `net_revenue` as people write it. @param {string} name */
export function labelOf(name) {
  const words = name
    .replace(/_id\./g, ' ')
    .split(/[_.\s-]+/)
    .filter((word) => word !== '')
    .map((word) => WORDS[/** @type {keyof typeof WORDS} */ (word)] ?? word);
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What stands in a cell. @param {unknown} value @returns {string} */
export function shown(value) {
  if (value === null || value === undefined) return '–';
  if (value instanceof Exact) return groupDigits(value.text);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? momentText(value) : value;
  if (Array.isArray(value)) return value.map(shown).join(', ');
  return JSON.stringify(value);
}

/** An identifier is no quantity: no groups. @param {string} column @param {unknown} value */
export function shownIn(column, value) {
  return value instanceof Exact && isIdentifier(column) ? value.text : shown(value);
}

/** @param {string} column */
export function isIdentifier(column) {
  return /(^|_)id$/.test(column) || column === 'watermark' || column === 'version' || column === 'year';
}

/** To the second, in UTC, as the API's moments are. @param {string} moment */
export function momentText(moment) {
  return `${moment.slice(0, 10)} ${moment.slice(11, 19)} UTC`;
}

/** @param {number | null} seconds */
export function durationText(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return '–';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${groupDigits(String(Math.round(seconds / 86_400)))} days`;
}

/** @param {number | null} bytes */
export function bytesText(bytes) {
  if (bytes === null || !Number.isFinite(bytes)) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/**
 * How much more or less, for people: a statistic, so of doubles. Null where there is nothing to compare with.
 * @param {unknown} now @param {unknown} before
 */
export function changeOf(now, before) {
  if (!(now instanceof Exact) || !(before instanceof Exact) || +before === 0) return null;
  return (+now - +before) / Math.abs(+before);
}

/** @param {number} share */
export function percentText(share) {
  const percent = share * 100;
  return `${Math.abs(percent) >= 100 ? percent.toFixed(0) : percent.toFixed(1)}%`;
}

/** Short, for axes. @param {number} value */
export function compactText(value) {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}
