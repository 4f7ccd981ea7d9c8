import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { apiKey } from '../answers/ask.js';
import { askAnew } from '../answers/live.js';

/** @typedef {import('../answers/ask.js').Problem} Problem */

/** What went wrong, in the server's own words. @param {{ problem: Problem, isStale?: boolean }} props */
export function ProblemCard({ problem, isStale = false }) {
  if (problem.status === 401) return html`<${KeyForm} problem=${problem} />`;
  return html`<section class="problem" role="alert">
    <h2>${problem.title}</h2>
    ${problem.detail && !problem.errors && html`<p>${problem.detail}</p>`}
    ${
      problem.errors &&
      html`<ul>
        ${problem.errors.map(
          ({ parameter, problem: wrong, allowed }) =>
            html`<li><code>${parameter}</code> ${wrong}. Allowed: ${Array.isArray(allowed) ? allowed.join(', ') : allowed}.</li>`,
        )}
      </ul>`
    }
    ${problem.remedy && html`<p class="remedy">${problem.remedy}</p>`}
    ${isStale && html`<p class="remedy">What is shown below was true before.</p>`}
    <p class="foot">
      <code>${problem.code}</code>
      <button type="button" class="quiet" onClick=${askAnew}>Try again</button>
    </p>
  </section>`;
}

/** @param {{ problem: Problem }} props */
function KeyForm({ problem }) {
  const [key, setKey] = useState('');
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    apiKey.set(key.trim() === '' ? null : key.trim());
    askAnew();
  };
  return html`<section class="problem key" role="alert">
    <h2>This server wants a key</h2>
    <p>${problem.detail}</p>
    <form onSubmit=${submit}>
      <label class="field">
        <span>API key</span>
        <input type="password" autocomplete="off" required value=${key} onInput=${(/** @type {any} */ event) => setKey(event.target.value)} />
      </label>
      <button type="submit" class="main">Use this key</button>
    </form>
    <p class="remedy">It is kept in this tab until it is closed. ${problem.remedy}</p>
    <p class="foot"><code>${problem.code}</code></p>
  </section>`;
}

/** @param {{ what?: string, height?: number }} props */
export function Loading({ what = 'Loading', height = 180 }) {
  return html`<div class="loading" role="status" style=${{ minHeight: `${height}px` }}><span>${what} …</span></div>`;
}

/** @param {{ title: string, children?: any }} props */
export function Nothing({ title, children }) {
  return html`<div class="nothing"><p class="nothing-title">${title}</p>${children}</div>`;
}

/**
 * An answer's states in one place: what is shown is asked for with `show`, when there is something.
 * @param {{ found: ReturnType<typeof import('../answers/use-answer.js').useAnswer>, height?: number, empty?: any, show: (answer: import('../answers/ask.js').Answer) => any }} props
 */
export function Shown({ found, height = 180, empty = null, show }) {
  const { answer, problem, isLoading } = found;
  if (answer === null)
    return problem === null ? html`<${Loading} height=${height} />` : html`<${ProblemCard} problem=${problem} />`;
  const isEmpty = Array.isArray(answer.data) && answer.data.length === 0;
  return html`
    ${problem && html`<${ProblemCard} problem=${problem} isStale />`}
    <div class=${isLoading ? 'is-loading' : ''} aria-busy=${isLoading}>
      ${isEmpty && empty !== null ? empty : show(answer)}
    </div>
  `;
}
