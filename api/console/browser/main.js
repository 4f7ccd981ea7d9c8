import { html, render } from 'htm/preact';
import { followLink } from './address.js';
import { startLive } from './answers/live.js';
import { App } from './app.js';

const root = /** @type {HTMLElement} */ (document.getElementById('console'));
root.replaceChildren();
document.addEventListener('click', followLink);
startLive();
render(html`<${App} />`, root);
