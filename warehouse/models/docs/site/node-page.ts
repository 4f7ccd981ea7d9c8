import { type LineageNode, reachable } from '../../lineage/lineage.ts';
import { upkeepOf } from '../../lineage/upkeep.ts';
import type { DeclaredTest } from '../declared/declared.ts';
import type { ColumnDocs, NodeDocs } from '../node-docs.ts';
import { lineageSvg } from '../page/lineage-svg.ts';
import { markdown } from '../page/markdown.ts';
import { html, type Markup } from '../page/markup.ts';
import { sqlMarkup } from '../page/sql-markup.ts';
import { framed, type Site } from './frame.ts';
import { pageOf, relativeTo } from './hrefs.ts';

const KINDS = { source: 'source table', view: 'view', table: 'table', cube: 'cube', snapshot: 'snapshot' } as const;
const TEST_KINDS = { data: 'data test', unit: 'unit test', file: 'SQL test' } as const;

/** The page of a source table or a model. */
export function nodePage(site: Site, docs: NodeDocs, sourceDescription: string): string {
  const { node } = docs;
  const page = pageOf(node);
  const hrefOf = (id: string): string | null => {
    const other = site.lineage.byId.get(id);
    return other === undefined ? null : relativeTo(page, pageOf(other));
  };
  const body = html`<h1>${node.id} <span class="badge ${node.kind}">${KINDS[node.kind]}</span></h1>
${docs.description === '' ? html`<p class="absent">No description.</p>` : markdown(docs.description, 2)}
${sourceDescription === '' ? '' : html`<p><strong>Source ${sourceOf(node)}:</strong></p>${markdown(sourceDescription, 2)}`}
<dl>
<dt>One row for each</dt><dd>${grainOf(docs)}</dd>
<dt>Read it as</dt><dd><code>${docs.relation}</code></dd>
${node.model === null ? '' : html`<dt>File</dt><dd><code>${node.model.path}</code></dd>\n`}</dl>
<h2 id="changes">How a change reaches it</h2>
<p>${upkeepOf(node).sentence}</p>
${upkeepOf(node).paths.length === 0 ? '' : html`<ul>\n${upkeepOf(node).paths.map((path) => html`<li><code>${path}</code></li>\n`)}</ul>`}
<h2 id="lineage">Lineage</h2>
${lineageSvg({ lineage: site.lineage, shown: neighbourhood(site, node), current: node.id, hrefOf: (id) => hrefOf(id) ?? '' })}
${neighbours('Reads', node.reads, hrefOf)}${neighbours('Is read by', node.feeds, hrefOf)}
<h2 id="columns">Columns</h2>
${columnsMarkup(docs)}
<h2 id="tests">Tests</h2>
${testsMarkup(docs)}
${sqlSections(docs, hrefOf)}`;
  return framed({ site, page, title: node.id, body });
}

function grainOf({ grain, node }: NodeDocs): Markup {
  if (grain.length > 0) return html`<code>${grain.join(', ')}</code>`;
  return node.kind === 'view' ? html`row of its query` : html`row of the table`;
}

function neighbourhood({ lineage }: Site, { id }: LineageNode): Set<string> {
  const before = reachable(lineage, { from: id, over: 'reads' });
  return new Set([id, ...before, ...reachable(lineage, { from: id, over: 'feeds' })]);
}

function neighbours(title: string, ids: readonly string[], hrefOf: (id: string) => string | null): Markup {
  if (ids.length === 0) return html``;
  const links = ids.map((id, index) => html`${index === 0 ? '' : ', '}<a href="${hrefOf(id)}">${id}</a>`);
  return html`<p>${title} ${links}.</p>\n`;
}

function columnsMarkup({ columns, grain }: NodeDocs): Markup {
  if (columns.length === 0) {
    return html`<p class="absent">None is described; with a running warehouse its columns are listed here.</p>`;
  }
  const hasTypes = columns.some(({ type }) => type !== null);
  const rows = columns.map(
    (
      column,
    ) => html`<tr id="column-${column.name}"><th scope="row"><code>${column.name}</code>${marks(column, grain)}</th>
${hasTypes ? html`<td><code>${column.type ?? ''}</code></td>` : ''}<td>${markdown(column.description, 3)}</td><td>${testList(column.tests)}</td></tr>
`,
  );
  return html`<div class="scroll" tabindex="0"><table class="columns">
<thead><tr><th scope="col">Column</th>${hasTypes ? html`<th scope="col">Type</th>` : ''}<th scope="col">Description</th><th scope="col">Tests</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>`;
}

function marks({ name, isMissing }: ColumnDocs, grain: readonly string[]): Markup {
  const key = grain.includes(name) ? html` <span class="badge">key</span>` : '';
  return html`${key}${isMissing ? html` <span class="badge warning">not in the table</span>` : ''}`;
}

function testList(tests: readonly DeclaredTest[]): Markup {
  if (tests.length === 0) return html``;
  return html`<ul class="tests">${tests.map((test) => html`<li>${testMarkup(test)}</li>`)}</ul>`;
}

function testMarkup({ name, detail, description }: DeclaredTest): Markup {
  return html`<code>${name}</code>${detail === '' ? '' : html` <span class="detail">${detail}</span>`}${description === '' ? '' : html` ${markdown(description, 3)}`}`;
}

function testsMarkup({ tests, columns }: NodeDocs): Markup {
  const items = [
    ...tests.map((test) => html`<li>${TEST_KINDS[test.kind]} ${testMarkup(test)}</li>\n`),
    ...columns.flatMap((column) =>
      column.tests.map(
        (test) => html`<li>${TEST_KINDS[test.kind]} of <code>${column.name}</code>: ${testMarkup(test)}</li>\n`,
      ),
    ),
  ];
  return items.length === 0 ? html`<p class="absent">None is declared.</p>` : html`<ul>\n${items}</ul>`;
}

function sqlSections({ node, compiledSql }: NodeDocs, hrefOf: (id: string) => string | null): Markup {
  if (node.model === null || compiledSql === null) return html``;
  return html`<h2 id="sql">SQL</h2>
<details open><summary>As written</summary>
${sqlMarkup(node.model.sql.trimEnd(), hrefOf)}</details>
<details><summary>Compiled</summary>
${sqlMarkup(compiledSql, hrefOf)}</details>`;
}

function sourceOf({ id }: LineageNode): string {
  return id.slice(0, id.indexOf('.'));
}
