import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { fetchAnswer } from '../answers/ask.js';
import { choicesOf } from '../answers/openapi.js';
import { csvOf } from './csv.js';

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * What is shown as a file: CSV made here, with the columns of the table, and the whole answer in each other format that the
 * server documents, at the watermark that is shown.
 * @param {{
 *   name: string, rows: any[], columns: string[], parameters?: import('../answers/openapi.js').Parameter[],
 *   question?: import('../answers/ask.js').Question, watermark?: any,
 * }} props
 */
export function Download({ name, rows, columns, parameters = [], question, watermark }) {
  const [said, setSaid] = useState('');
  const format = parameters.find((parameter) => parameter.name === 'format') ?? null;
  const formats =
    question === undefined
      ? []
      : choicesOf(format).filter((each) => each !== 'json' && each !== 'csv' && each !== null);
  const fromServer = async (/** @type {string} */ each) => {
    if (question === undefined) return;
    const query = new URLSearchParams(question.query);
    query.set('format', each);
    if (watermark !== undefined && watermark !== null) query.set('as_of', String(watermark));
    const response = await fetchAnswer({ ...question, query }).catch(() => null);
    if (response?.ok) return save(await response.blob(), `${name}.${each}`);
    const problem = await response?.json().catch(() => null);
    setSaid(problem?.detail ?? 'The server does not answer');
  };
  return html`<div class="downloads" role="group" aria-label="Download">
    <button type="button" class="quiet" onClick=${() => save(new Blob([csvOf(columns, rows)], { type: 'text/csv' }), `${name}.csv`)}>Download CSV</button>
    ${formats.map((each) => html`<button type="button" class="quiet" key=${each} onClick=${() => fromServer(each)}>${labelOfFormat(each)}</button>`)}
    <span class="note" role="status">${said}</span>
  </div>`;
}

/** @param {string} format */
function labelOfFormat(format) {
  return format === 'ndjson' ? 'NDJSON' : format.charAt(0).toUpperCase() + format.slice(1);
}
