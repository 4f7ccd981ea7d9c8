import { html } from 'htm/preact';
import { useMemo } from 'preact/hooks';
import { useAddress } from '../address.js';
import { isElsewhere } from '../answers/openapi.js';
import { useAnswer } from '../answers/use-answer.js';
import { labelOf, shown, shownIn } from '../exact/show.js';
import { Card } from '../parts/card.js';
import { Chart, Legend } from '../parts/chart.js';
import { Choice, optionsOf } from '../parts/controls.js';
import { DataTable } from '../parts/data-table.js';
import { Download } from '../parts/download.js';
import { ParameterForm } from '../parts/parameter-form.js';
import { Nothing, Shown } from '../parts/states.js';
import { flatRows, guessChart, pictureOf } from './guess-chart.js';

/** So many parameters are asked for at once, the rest when somebody wants them. */
const FIRST = 7;
const STATE = ['report', 'rows', 'as_of', 'watermark', 'published_at', 'lag_seconds', 'parameters'];

/**
 * Any report out of its documentation: a form of its parameters, a chart where one fits, a table, and what the answer says
 * of itself. Parameters of the report are those of the page.
 * @param {{ report: import('../answers/openapi.js').Report, columns?: string[], above?: any }} props
 */
export function ReportView({ report, columns, above }) {
  const { query, set } = useAddress();
  const parameters = report.parameters.filter(({ name }) => !isElsewhere(name));
  const rest = parameters.slice(FIRST);
  const asked = new URLSearchParams();
  for (const { name } of parameters) for (const value of query.getAll(name)) asked.append(name, value);
  const missing = parameters.filter(({ name, isRequired }) => isRequired && !asked.has(name));
  const question = { path: report.path, query: asked };
  const found = useAnswer(missing.length > 0 ? null : question);
  return html`
    ${
      parameters.length > 0 &&
      html`<section class="panel" aria-label="Parameters">
        <${ParameterForm} parameters=${parameters.slice(0, FIRST)} query=${query} onChange=${set} />
        ${
          rest.length > 0 &&
          html`<details open=${rest.some(({ name }) => query.has(name))}>
            <summary>More</summary>
            <${ParameterForm} parameters=${rest} query=${query} onChange=${set} />
          </details>`
        }
      </section>`
    }
    ${
      missing.length > 0
        ? html`<${Nothing} title=${`It needs ${missing.map(({ name }) => labelOf(name)).join(' and ')}.`} />`
        : html`<${Shown} found=${found} height=${320} show=${(/** @type {any} */ answer) => html`<${Answer} answer=${answer} report=${report} question=${question} columns=${columns} above=${above} />`} />`
    }
  `;
}

/** @param {{ answer: import('../answers/ask.js').Answer, report: import('../answers/openapi.js').Report, question: import('../answers/ask.js').Question, columns?: string[], above?: any }} props */
function Answer({ answer, report, question, columns, above }) {
  const { query, set } = useAddress();
  const rows = useMemo(() => flatRows(Array.isArray(answer.data) ? answer.data : [answer.data]), [answer]);
  const occurring = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const names =
    columns === undefined
      ? occurring
      : [...columns.filter((name) => occurring.includes(name)), ...occurring.filter((name) => !columns.includes(name))];
  const guess = guessChart(rows, names);
  const charted = guess?.numbers.includes(query.get('chart') ?? '')
    ? /** @type {string} */ (query.get('chart'))
    : (guess?.numbers[0] ?? null);
  const picture = useMemo(
    () => (guess === null || charted === null ? null : pictureOf(rows, guess, charted)),
    [rows, charted],
  );
  const described = report.row.properties ?? {};
  const [said = {}] = flatRows([answer.meta ?? {}]);
  const facts = Object.entries(said).filter(
    ([name, value]) =>
      !STATE.includes(name.split('.')[0]) && value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return html`
    ${above && rows.length > 0 && html`<${above} rows=${rows} />`}
    <${Card}
      title=${labelOf(report.name)}
      note=${`${shown(answer.meta?.rows)} rows`}
      actions=${html`
        ${guess !== null && charted !== null && html`<${Choice} label="In the chart" value=${charted} options=${optionsOf(guess.numbers)} onChange=${(/** @type {string} */ chart) => set({ chart })} />`}
        <${Download} name=${report.name} rows=${rows} columns=${names} parameters=${report.parameters} question=${question} watermark=${answer.meta?.watermark} />
      `}
    >
      ${picture && html`<${Legend} entries=${picture.entries} /><${Chart} label=${`${labelOf(charted ?? '')}, the numbers are in the table below`} height=${picture.height} options=${picture.options} />`}
      ${
        rows.length === 0
          ? html`<${Nothing} title="There is nothing with these parameters." />`
          : html`<${DataTable} caption=${labelOf(report.name)} columns=${names.map((name) => ({ name, title: described[name]?.description }))} rows=${rows} />`
      }
    <//>
    ${
      facts.length > 0 &&
      html`<${Card} title="What the answer says of itself">
        <dl class="facts many">
          ${facts.map(([name, value]) => html`<div key=${name}><dt>${labelOf(name)}</dt><dd>${typeof value === 'object' && value !== null && !('text' in value) ? html`<code class="json">${JSON.stringify(value, null, 1)}</code>` : shownIn(name, value)}</dd></div>`)}
        </dl>
      <//>`
    }
  `;
}
