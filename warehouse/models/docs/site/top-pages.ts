import { membersOf } from '../../lineage/lineage.ts';
import { upkeepOf } from '../../lineage/upkeep.ts';
import type { NodeDocs } from '../node-docs.ts';
import { inlineMarkdown } from '../page/inline-markdown.ts';
import { lineageSvg } from '../page/lineage-svg.ts';
import { markdown } from '../page/markdown.ts';
import { html } from '../page/markup.ts';
import { framed, type Site } from './frame.ts';
import { FRONT_PAGE, LINEAGE_PAGE, pageOf } from './hrefs.ts';

/** The folder's README, and every model in a line. */
export function frontPage(site: Site, nodes: readonly NodeDocs[], readme: string): string {
  const descriptions = new Map(nodes.map(({ node, description }) => [node.id, description]));
  const layers = site.lineage.layers.map((layer) => {
    const rows = membersOf(site.lineage, layer).map(
      (node) =>
        html`<tr><th scope="row"><a href="${pageOf(node)}">${node.id}</a></th><td>${upkeepOf(node).short}</td><td>${inlineMarkdown(firstSentence(descriptions.get(node.id) ?? ''))}</td></tr>\n`,
    );
    return html`<h3>${layer}</h3>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Name</th><th scope="col">A change reaches it</th><th scope="col">Description</th></tr></thead>
<tbody>
${rows}</tbody></table></div>
`;
  });
  const body = html`<h1>${site.name}</h1>
<p>${counts(nodes)}. <a href="${LINEAGE_PAGE}">Lineage of all</a>.</p>
${readme === '' ? '' : html`<article>\n${markdown(readme, 2)}</article>`}
<h2 id="models">All models</h2>
${layers}`;
  return framed({ site, page: FRONT_PAGE, title: site.name, body });
}

/** The graph of everything. */
export function lineagePage(site: Site): string {
  const shown = new Set(site.lineage.byId.keys());
  const body = html`<h1>Lineage</h1>
<p>From the tables of the services to what people read. Point at a name, or move the focus to it, to see what it is made of and what is made of it.</p>
<ul class="legend"><li class="source">source table</li><li class="view">view</li><li class="table">table</li><li class="cube">cube</li><li class="snapshot">snapshot</li></ul>
${lineageSvg({ lineage: site.lineage, shown, hrefOf: (id) => pageOf(site.lineage.byId.get(id)!) })}`;
  return framed({ site, page: LINEAGE_PAGE, title: 'Lineage', body });
}

function counts(nodes: readonly NodeDocs[]): string {
  const names = {
    source: 'source tables',
    view: 'views',
    table: 'tables',
    cube: 'cubes',
    snapshot: 'snapshots',
  } as const;
  const count = (kind: string) => nodes.filter(({ node }) => node.kind === kind).length;
  return Object.entries(names)
    .filter(([kind]) => kind !== 'snapshot' || count(kind) > 0)
    .map(([kind, name]) => `${count(kind)} ${name}`)
    .join(', ');
}

function firstSentence(text: string): string {
  const [paragraph = ''] = text.trim().split(/\n\s*\n/);
  return /^.*?[.!?](?=\s|$)/s.exec(paragraph)?.[0] ?? paragraph;
}
