import { type Lineage, type LineageNode, SOURCE_LAYER } from './lineage.ts';
import type { TextOptions } from './overview-text.ts';
import { upkeepOf } from './upkeep.ts';

/** One node: how a change reaches it, and as trees what stands before and behind it. */
export function nodeText(lineage: Lineage, node: LineageNode, { width, heading }: TextOptions): string {
  const upkeep = upkeepOf(node);
  const place = node.model === null ? 'source table' : `${node.kind} in ${node.layer}, ${node.model.path}`;
  const blocks = [
    [`${heading(node.id)}  ${place}`, ...wrap(node.model?.description ?? '', width, '  ')],
    [heading(`How a change reaches it: ${upkeep.short}`), ...wrap(upkeep.sentence, width, '  ')].concat(
      upkeep.paths.map((path) => `    ${path}`),
    ),
  ];
  if (node.model !== null && node.model.uniqueKey.length > 0) {
    blocks[0]?.push(`  one row for each ${node.model.uniqueKey.join(', ')}`);
  }
  if (node.layer !== SOURCE_LAYER) blocks.push([heading('Reads'), ...treeLines(lineage, node, 'reads')]);
  blocks.push([heading('Is read by'), ...treeLines(lineage, node, 'feeds')]);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** As a tree; what was shown with its branches already is only named again. */
function treeLines(lineage: Lineage, root: LineageNode, over: 'reads' | 'feeds'): string[] {
  const lines: string[] = [];
  const shown = new Set<string>();
  const visit = (node: LineageNode, indent: string): void => {
    for (const [index, id] of node[over].entries()) {
      const child = lineage.byId.get(id) as LineageNode;
      const isLast = index === node[over].length - 1;
      const again = shown.has(id) && child[over].length > 0;
      lines.push(
        `${indent}${isLast ? '└─' : '├─'} ${id}  (${upkeepOf(child).short}${again ? ', as shown above' : ''})`,
      );
      if (again) continue;
      shown.add(id);
      visit(child, `${indent}${isLast ? '   ' : '│  '}`);
    }
  };
  visit(root, '  ');
  return lines.length === 0 ? ['  nothing'] : lines;
}

function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return line === '' ? lines : [...lines, indent + line];
}
