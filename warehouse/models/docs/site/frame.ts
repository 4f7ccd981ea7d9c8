import { type Lineage, membersOf } from '../../lineage/lineage.ts';
import { html, type Markup } from '../page/markup.ts';
import { FRONT_PAGE, LINEAGE_PAGE, pageOf, relativeTo } from './hrefs.ts';

/** What every page of one site shares. */
export interface Site {
  /** The project's. */
  readonly name: string;
  readonly lineage: Lineage;
}

/** A whole page: search and the list of all models around what it says. */
export function framed(options: { site: Site; page: string; title: string; body: Markup }): string {
  const { site, page, title, body } = options;
  const link = (path: string, text: string) =>
    html`<a href="${relativeTo(page, path)}"${path === page ? html` aria-current="page"` : ''}>${text}</a>`;
  const layers = site.lineage.layers.map((layer) => {
    const members = membersOf(site.lineage, layer);
    const items = members.map((node) => html`<li class="${node.kind}">${link(pageOf(node), node.id)}</li>\n`);
    return html`<details open><summary>${layer} <span class="count">${members.length}</span></summary>
<ul>
${items}</ul></details>
`;
  });
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title === site.name ? title : `${title} · ${site.name}`}</title>
<link rel="stylesheet" href="${relativeTo(page, 'assets/style.css')}">
<script defer src="${relativeTo(page, 'assets/index.js')}"></script>
<script defer src="${relativeTo(page, 'assets/site.js')}"></script>
</head>
<body data-root="${relativeTo(page, '')}">
<a class="skip" href="#content">To the content</a>
<header>
<a class="brand" href="${relativeTo(page, FRONT_PAGE)}">${site.name}</a>
<div class="search" hidden>
<input id="search" type="search" role="combobox" aria-expanded="false" aria-controls="found" aria-autocomplete="list" aria-label="Search models, tables and columns" placeholder="Search models and columns ( / )" autocomplete="off" spellcheck="false">
<ul id="found" role="listbox" aria-label="Found" hidden></ul>
</div>
</header>
<nav aria-label="Models">
<ul>
<li>${link(FRONT_PAGE, 'Overview')}</li>
<li>${link(LINEAGE_PAGE, 'Lineage')}</li>
</ul>
${layers}</nav>
<main id="content" tabindex="-1">
${body}
</main>
</body>
</html>
`.text;
}
