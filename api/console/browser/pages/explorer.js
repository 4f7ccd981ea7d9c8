import { html } from 'htm/preact';
import { useMemo, useState } from 'preact/hooks';
import { useAddress } from '../address.js';
import { addressOf, apiKey } from '../answers/ask.js';
import { cubeParameters } from '../answers/openapi.js';
import { useAnswer } from '../answers/use-answer.js';
import { useOpenApi } from '../answers/use-openapi.js';
import { bytesText, labelOf, shown } from '../exact/show.js';
import { Card, PageHead } from '../parts/card.js';
import { Chart, Legend } from '../parts/chart.js';
import { Choice, optionsOf } from '../parts/controls.js';
import { DataTable } from '../parts/data-table.js';
import { Download } from '../parts/download.js';
import { Loading, Nothing, ProblemCard, Shown } from '../parts/states.js';
import { CubeForm } from './explorer-form.js';
import { askedOf, bodyOf, curlOf } from './explorer-question.js';
import { guessChart, pictureOf } from './guess-chart.js';

const START = {
  cube: 'monthly_sales_cube',
  measures: 'reporting_net_revenue,units',
  dimensions: 'month:quarter,channel',
};

export function Explorer() {
  const { query, set } = useAddress();
  const { answer, problem } = useAnswer({ path: '/v1/cubes' }, { isLive: false, isPinned: false });
  const head = html`<${PageHead} title="Cube explorer" lead="Any measures of a cube by any of its dimensions. The address holds the question: share it." />`;
  if (answer === null)
    return html`${head}${problem === null ? html`<${Loading} height=${420} />` : html`<${ProblemCard} problem=${problem} />`}`;
  if (answer.data.length === 0) return html`${head}<${Nothing} title="The models have no cube." />`;
  const cube = answer.data.find((/** @type {any} */ each) => each.name === query.get('cube')) ?? null;
  const choose = (/** @type {string} */ name) =>
    set({ cube: name, measures: null, dimensions: null, where: null, order: null, from: null, to: null, chart: null });
  return html`
    ${head}
    <section class="panel" aria-label="The question">
      <div class="form">
        <${Choice} label="Cube" value=${cube?.name ?? ''} options=${[...(cube === null ? [{ value: '', label: 'Pick one' }] : []), ...optionsOf(answer.data.map((/** @type {any} */ each) => each.name))]} onChange=${choose} />
        ${cube !== null && html`<p class="note about-cube">${cube.description}</p>`}
      </div>
      ${cube !== null && html`<${CubeForm} cube=${cube} />`}
    </section>
    ${
      cube === null
        ? html`<${Nothing} title="Pick a cube to begin.">
            ${answer.data.some((/** @type {any} */ each) => each.name === START.cube) && html`<p><button type="button" class="main" onClick=${() => set(START)}>Begin with sales by quarter and channel</button></p>`}
          <//>`
        : html`<${Asked} cube=${cube} />`
    }
  `;
}

/** @param {{ cube: any }} props */
function Asked({ cube }) {
  const { query } = useAddress();
  const body = bodyOf(askedOf(query));
  const path = `/v1/cubes/${encodeURIComponent(cube.name)}/query`;
  const question = { path, body };
  const found = useAnswer(body === null ? null : question);
  if (body === null) return html`<${Nothing} title="Pick measures, dimensions, or both." />`;
  return html`
    <${Shown}
      found=${found}
      height=${320}
      empty=${html`<${Nothing} title="There is nothing with these filters." />`}
      show=${(/** @type {any} */ answer) => html`<${Answer} answer=${answer} cube=${cube} question=${question} />`}
    />
    <${Behind} cube=${cube} question=${question} />
  `;
}

/** @param {{ answer: import('../answers/ask.js').Answer, cube: any, question: import('../answers/ask.js').Question }} props */
function Answer({ answer, cube, question }) {
  const document = useOpenApi();
  const { query, set } = useAddress();
  const { data: rows, meta } = answer;
  const names = Object.keys(rows[0]);
  const guess = useMemo(() => guessChart(rows, names), [answer]);
  const charted = guess?.numbers.includes(query.get('chart') ?? '')
    ? /** @type {string} */ (query.get('chart'))
    : (guess?.numbers[0] ?? null);
  const picture = useMemo(
    () => (guess === null || charted === null ? null : pictureOf(rows, guess, charted)),
    [answer, charted],
  );
  const described = new Map([...cube.measures, ...cube.dimensions].map((each) => [each.name, each.description]));
  return html`<${Card}
    title=${labelOf(cube.name)}
    note=${`${shown(meta.rows)} rows${meta.is_truncated ? ', there are more than the limit' : ''}`}
    actions=${html`
      ${guess !== null && charted !== null && html`<${Choice} label="In the chart" value=${charted} options=${optionsOf(guess.numbers)} onChange=${(/** @type {string} */ chart) => set({ chart })} />`}
      <${Download} name=${cube.name} rows=${rows} columns=${names} parameters=${cubeParameters(document)} question=${question} watermark=${meta.watermark} />
    `}
  >
    ${picture && html`<${Legend} entries=${picture.entries} /><${Chart} label=${`${labelOf(charted ?? '')}, the numbers are in the table below`} height=${picture.height} options=${picture.options} />`}
    <${DataTable} caption=${labelOf(cube.name)} columns=${names.map((name) => ({ name, title: described.get(name) }))} rows=${rows} />
  <//>`;
}

/** How else to ask it, and what it costs: nobody has to believe the page. @param {{ cube: any, question: import('../answers/ask.js').Question }} props */
function Behind({ cube, question }) {
  const { query } = useAddress();
  const [isOpen, setIsOpen] = useState(false);
  const explained = useAnswer(
    isOpen ? { path: question.path.replace(/query$/, 'explain'), body: question.body } : null,
    { isLive: false },
  );
  const asOf = query.get('as_of');
  const address = `${location.origin}${addressOf({ path: question.path, query: asOf === null ? undefined : new URLSearchParams({ as_of: asOf }) })}`;
  const curl = curlOf(address, question.body, apiKey.get() !== null);
  return html`<${Card} title="Ask it elsewhere" note=${`The same question about ${cube.name}, for a terminal.`} actions=${html`<${Copy} text=${curl} />`}>
    <pre class="code" tabindex="0" aria-label="curl">${curl}</pre>
    <details open=${isOpen} onToggle=${(/** @type {any} */ event) => setIsOpen(event.target.open)}>
      <summary>The SQL, and what it costs</summary>
      ${isOpen && html`<${Shown} found=${explained} height=${90} show=${(/** @type {any} */ { data }) => html`<${Explained} data=${data} />`} />`}
    </details>
  <//>`;
}

/** @param {{ data: any }} props */
function Explained({ data }) {
  return html`
    <dl class="facts">
      <div><dt>Rows read</dt><dd>${shown(data.rows_read)}</dd></div>
      <div><dt>Read</dt><dd>${bytesText(+data.bytes_read)}</dd></div>
      <div><dt>Took</dt><dd>${(+data.seconds * 1000).toFixed(0)} ms</dd></div>
    </dl>
    <pre class="code sql" tabindex="0" aria-label="SQL">${data.sql}</pre>
    <p class="note">Parameters: <code>${Object.entries(data.parameters)
      .map(([name, value]) => `${name} = ${value}`)
      .join(', ')}</code></p>
  `;
}

/** @param {{ text: string }} props */
function Copy({ text }) {
  const [said, setSaid] = useState('');
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Select it and copy'),
    );
  return html`<button type="button" class="quiet" onClick=${copy}>Copy</button><span class="note" role="status">${said}</span>`;
}
