import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lineage } from '../../lineage/lineage.ts';
import type { Declared } from '../declared/declared.ts';
import type { NodeDocs } from '../node-docs.ts';
import { FRONT_PAGE, LINEAGE_PAGE, pageOf } from './hrefs.ts';
import { nodePage } from './node-page.ts';
import { frontPage, lineagePage } from './top-pages.ts';

/** The whole site: path -> content. The same for the same project and warehouse, so that it can be compared and kept. */
export function siteFiles(options: {
  name: string;
  lineage: Lineage;
  declared: Declared;
  nodes: readonly NodeDocs[];
}): Map<string, string> {
  const { lineage, declared, nodes } = options;
  const site = { name: options.name, lineage };
  const files = new Map([
    [FRONT_PAGE, frontPage(site, nodes, declared.readme)],
    [LINEAGE_PAGE, lineagePage(site)],
    ['assets/style.css', asset('style.css')],
    ['assets/site.js', asset('site.js')],
    ['assets/index.js', searchIndex(nodes)],
  ]);
  for (const docs of nodes) {
    const source = docs.node.kind === 'source' ? docs.node.id.slice(0, docs.node.id.indexOf('.')) : '';
    files.set(pageOf(docs.node), nodePage(site, docs, declared.sources.get(source) ?? ''));
  }
  return files;
}

/** As a script: a page that is read from a disk may not fetch a file. */
function searchIndex(nodes: readonly NodeDocs[]): string {
  const entries = nodes.map(({ node, description, columns }) => ({
    name: node.id,
    kind: node.kind,
    href: pageOf(node),
    description: description.replaceAll(/\s+/g, ' '),
    columns: columns.map(({ name }) => name),
  }));
  return `globalThis.millraceIndex = ${JSON.stringify(entries)};\n`;
}

function asset(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8');
}
