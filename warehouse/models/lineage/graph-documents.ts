import { edgesAmong, type Lineage, type NodeKind } from './lineage.ts';
import { upkeepOf } from './upkeep.ts';

const DOT_SHAPES: Readonly<Record<NodeKind, string>> = {
  source: 'cylinder',
  view: 'box',
  table: 'box3d',
  cube: 'component',
  snapshot: 'folder',
};
const MERMAID_SHAPES: Readonly<Record<NodeKind, readonly [string, string]>> = {
  source: ['[(', ')]'],
  view: ['(', ')'],
  table: ['[', ']'],
  cube: ['[[', ']]'],
  snapshot: ['[/', '/]'],
};

/** Graphviz: `millrace models graph --format dot | dot -Tsvg`. */
export function dotText(lineage: Lineage, shown: ReadonlySet<string>): string {
  const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  const nodes = lineage.nodes.filter(({ id }) => shown.has(id));
  return [
    'digraph models {',
    '  rankdir=LR;',
    '  node [fontname="sans-serif"];',
    ...nodes.map(
      (node) =>
        `  ${quote(node.id)} [shape=${DOT_SHAPES[node.kind]}, group=${quote(node.layer)}, tooltip=${quote(upkeepOf(node).short)}];`,
    ),
    ...edgesAmong(lineage, shown).map(({ from, to }) => `  ${quote(from)} -> ${quote(to)};`),
    '}',
    '',
  ].join('\n');
}

/** Mermaid, as Markdown pages of code hosts show it. Names stand in labels only: an id may be a keyword. */
export function mermaidText(lineage: Lineage, shown: ReadonlySet<string>): string {
  const ids = new Map(lineage.nodes.filter(({ id }) => shown.has(id)).map(({ id }, index) => [id, `n${index}`]));
  const inLabel = (text: string) => text.replaceAll(/[^\w .]/g, (character) => `#${character.codePointAt(0)};`);
  const nodes = lineage.nodes.filter(({ id }) => shown.has(id));
  const layers = lineage.layers.filter((layer) => nodes.some((node) => node.layer === layer));
  return [
    'flowchart LR',
    ...layers.flatMap((layer, index) => [
      `  subgraph layer${index} ["${inLabel(layer)}"]`,
      ...nodes
        .filter((node) => node.layer === layer)
        .map((node) => {
          const [open, close] = MERMAID_SHAPES[node.kind];
          return `    ${ids.get(node.id)}${open}"${inLabel(node.id)}"${close}`;
        }),
      '  end',
    ]),
    ...edgesAmong(lineage, shown).map(({ from, to }) => `  ${ids.get(from)} --> ${ids.get(to)}`),
    '',
  ].join('\n');
}

/** One document for programs. */
export function graphDocument(lineage: Lineage, shown: ReadonlySet<string>): object {
  return {
    nodes: lineage.nodes
      .filter(({ id }) => shown.has(id))
      .map((node) => ({
        id: node.id,
        kind: node.kind,
        layer: node.layer,
        path: node.model?.path ?? null,
        description: node.model?.description ?? null,
        unique_key: node.model?.uniqueKey ?? [],
        maintenance: node.model?.maintenance ?? null,
        upkeep: upkeepOf(node).short,
        reads: node.reads,
        feeds: node.feeds,
      })),
    edges: edgesAmong(lineage, shown),
  };
}
