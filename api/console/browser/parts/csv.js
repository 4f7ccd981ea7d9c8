import { Exact } from '../exact/exact.js';

/** @param {unknown} value */
function field(value) {
  if (value === null || value === undefined) return '';
  if (value instanceof Exact) return value.text;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // A text that a spreadsheet would take for a formula is a text.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * RFC 4180, with the digits of the answer.
 * @param {readonly string[]} columns @param {readonly any[]} rows
 */
export function csvOf(columns, rows) {
  const lines = [columns.map(field), ...rows.map((row) => columns.map((column) => field(row[column])))];
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`;
}
