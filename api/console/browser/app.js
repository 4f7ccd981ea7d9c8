import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { useAddress } from './address.js';
import { apiKey } from './answers/ask.js';
import { askAnew, useLive } from './answers/live.js';
import { Customers } from './pages/customers.js';
import { Explorer } from './pages/explorer.js';
import { Inventory } from './pages/inventory.js';
import { Overview } from './pages/overview.js';
import { Pipeline } from './pages/pipeline.js';
import { Reports } from './pages/reports.js';
import { Trends } from './pages/trends.js';
import { ColourSwitch } from './parts/colour-switch.js';
import { Freshness, StaleNote } from './parts/freshness.js';
import { ProblemCard } from './parts/states.js';

const PAGES = [
  { path: '/', title: 'Overview', page: Overview },
  { path: '/console/trends', title: 'Sales trends', page: Trends },
  { path: '/console/customers', title: 'Customers', page: Customers },
  { path: '/console/inventory', title: 'Inventory', page: Inventory },
  { path: '/console/explore', title: 'Cube explorer', page: Explorer },
  { path: '/console/reports', title: 'All reports', page: Reports },
  { path: '/console/pipeline', title: 'Pipeline', page: Pipeline },
];

function forgetKey() {
  apiKey.set(null);
  askAnew();
}

export function App() {
  const { path, to } = useAddress();
  const { problem } = useLive();
  const shown = PAGES.find((each) => each.path === path) ?? PAGES[0];
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const first = useRef(true);

  // Another page is read from its beginning, also by those who hear it.
  useEffect(() => {
    document.title = `${shown.title} · Millrace`;
    if (!first.current) {
      scrollTo(0, 0);
      main.current?.focus();
    }
    first.current = false;
  }, [shown.path]);

  return html`
    <a class="skip" href="#main">Skip to the content</a>
    <div class="frame">
      <header class="side">
        <a class="brand" href=${to('/')}><span class="mark" aria-hidden="true"></span>Millrace</a>
        <nav aria-label="Pages">
          <ul>
            ${PAGES.map(
              (page) =>
                html`<li key=${page.path}><a href=${to(page.path)} aria-current=${page === shown ? 'page' : undefined}>${page.title}</a></li>`,
            )}
          </ul>
        </nav>
        <div class="side-foot">
          <${ColourSwitch} />
          ${
            apiKey.get() !== null &&
            html`<button type="button" class="quiet" onClick=${forgetKey}>Forget the key</button>`
          }
          <p><a href="/docs">API documentation</a></p>
        </div>
      </header>
      <div class="content">
        <div class="bar"><${Freshness} /></div>
        <main id="main" tabindex="-1" aria-label=${shown.title} ref=${main}>
          ${
            problem?.status === 401
              ? html`<h1 tabindex="-1">${shown.title}</h1><${ProblemCard} problem=${problem} />`
              : html`<${StaleNote} /><${shown.page} key=${shown.path} />`
          }
        </main>
      </div>
    </div>
  `;
}
