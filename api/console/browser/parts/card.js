import { html } from 'htm/preact';

/** @param {{ title: string, note?: any, actions?: any, children?: any, wide?: boolean }} props */
export function Card({ title, note, actions, children }) {
  return html`<section class="card">
    <header class="card-head">
      <div><h2>${title}</h2>${note && html`<p class="note">${note}</p>`}</div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}
  </section>`;
}

/** @param {{ title: string, lead?: any, children?: any }} props */
export function PageHead({ title, lead, children }) {
  return html`<header class="page-head">
    <div><h1 tabindex="-1">${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>
    ${children && html`<div class="page-controls">${children}</div>`}
  </header>`;
}
