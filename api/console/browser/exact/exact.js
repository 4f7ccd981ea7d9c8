/**
 * A number of an answer: its digits as they were sent. Tables show them; `+number` is the nearest double, for charts.
 */
export class Exact {
  /** @param {string} text a JSON number without exponent */
  constructor(text) {
    this.text = text;
  }
  valueOf() {
    return Number(this.text);
  }
  toString() {
    return this.text;
  }
  toJSON() {
    return Number(this.text);
  }
}

/**
 * JSON with every number as `Exact`. Browsers that do not give the reviver the source yet show what a double holds.
 * @param {string} text @returns {any}
 */
export function parseExact(text) {
  /** @type {(key: string, value: unknown, context?: { source?: string }) => unknown} */
  const reviver = (_key, value, context) =>
    typeof value === 'number' ? new Exact(context?.source ?? String(value)) : value;
  return JSON.parse(text, reviver);
}

/** With groups of three digits; nothing is rounded. @param {string} text */
export function groupDigits(text) {
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  return whole === '' ? text : sign + whole.replace(/\B(?=(\d{3})+$)/g, ',') + rest;
}

/**
 * Order of two decimals by their digits, since doubles would make different ones equal.
 * @param {string} a @param {string} b
 */
export function compareDecimals(a, b) {
  const places = Math.max(placesOf(a), placesOf(b));
  const difference = unitsOf(a, places) - unitsOf(b, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** @param {string} text */
function placesOf(text) {
  const point = text.indexOf('.');
  return point === -1 ? 0 : text.length - point - 1;
}

/** @param {string} text @param {number} places */
function unitsOf(text, places) {
  const exponent = /e/i.test(text) ? Number(text).toFixed(places) : text;
  return BigInt(exponent.replace('.', '') + '0'.repeat(places - placesOf(exponent)));
}
