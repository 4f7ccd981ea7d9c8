import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { compareDecimals, Exact } from '../exact/exact.js';
import { labelOf, shownIn } from '../exact/show.js';

/**
 * @typedef {{ name: string, label?: string, title?: string, value?: (row: any) => unknown, cell?: (row: any) => any, isNumber?: boolean }} Column
 * @typedef {{ caption: string, columns: Column[], rows: any[], firstRows?: number, isSortable?: boolean }} TableProps
 */

const readCell = (/** @type {Column} */ column, /** @type {any} */ row) =>
  column.value ? column.value(row) : row[column.name];

/** Nothing comes last, whatever the direction. @param {unknown} a @param {unknown} b @param {number} sign */
function compare(a, b, sign) {
  if (a == null || b == null) return a == null ? (b == null ? 0 : 1) : -1;
  if (a instanceof Exact && b instanceof Exact) return sign * compareDecimals(a.text, b.text);
  return sign * String(a).localeCompare(String(b), 'en');
}

/** @param {Column} column @param {any[]} rows */
function isNumber(column, rows) {
  return column.isNumber ?? rows.some((row) => readCell(column, row) instanceof Exact);
}

/** A table whose numbers are the digits of the answer, sorted by clicking a heading. @param {TableProps} props */
export function DataTable({ caption, columns, rows, firstRows = 50, isSortable = true }) {
  const [order, setOrder] = useState(/** @type {{ name: string, sign: number } | null} */ (null));
  const [limit, setLimit] = useState(firstRows);
  const sorting = order === null ? undefined : columns.find(({ name }) => name === order.name);
  const ordered =
    sorting === undefined || order === null
      ? rows
      : rows.toSorted((a, b) => compare(readCell(sorting, a), readCell(sorting, b), order.sign));
  const numeric = new Set(columns.filter((column) => isNumber(column, rows)).map(({ name }) => name));

  const turn = (/** @type {string} */ name) =>
    setOrder(
      order?.name !== name
        ? { name, sign: numeric.has(name) ? -1 : 1 }
        : order.sign === (numeric.has(name) ? -1 : 1)
          ? { name, sign: -order.sign }
          : null,
    );
  const sortOf = (/** @type {string} */ name) =>
    order?.name !== name ? 'none' : order.sign > 0 ? 'ascending' : 'descending';

  return html`<div class="table-frame">
    <div class="scroll" role="region" aria-label=${caption} tabindex="0">
      <table>
        <caption class="hidden">${caption}</caption>
        <thead>
          <tr>
            ${columns.map(
              ({ name, label = labelOf(name), title }) =>
                html`<th
                  key=${name}
                  scope="col"
                  class=${numeric.has(name) ? 'number' : ''}
                  title=${title}
                  aria-sort=${isSortable ? sortOf(name) : undefined}
                >
                  ${isSortable ? html`<button type="button" onClick=${() => turn(name)}>${label}</button>` : label}
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${ordered.slice(0, limit).map(
            (row, index) =>
              html`<tr key=${index}>
                ${columns.map((column, place) => {
                  const kind = numeric.has(column.name) ? 'number' : '';
                  const content = column.cell ? column.cell(row) : shownIn(column.name, readCell(column, row));
                  return place === 0
                    ? html`<th key=${column.name} scope="row" class=${kind}>${content}</th>`
                    : html`<td key=${column.name} class=${kind}>${content}</td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      rows.length > limit &&
      html`<p class="more">
        ${limit} of ${rows.length} rows.
        <button type="button" class="quiet" onClick=${() => setLimit(limit + 500)}>Show more</button>
      </p>`
    }
  </div>`;
}
