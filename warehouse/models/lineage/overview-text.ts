import { type Lineage, type LineageNode, membersOf, SOURCE_LAYER } from './lineage.ts';
import { upkeepOf } from './upkeep.ts';

export interface TextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** How a heading is shown. */
  heading(text: string): string;
}

const INDENT = '  ';
const GAP = '  ';
const MIN_LIST_WIDTH = 24;

/**
 * All nodes that are shown, layer by layer: what each is, how a change reaches it, what it reads (a source table: what
 * reads it). One line a node where it fits.
 */
export function overviewText(lineage: Lineage, shown: ReadonlySet<string>, options: TextOptions): string {
  const nodes = lineage.nodes.filter(({ id }) => shown.has(id));
  const nameWidth = Math.max(0, ...nodes.map(({ id }) => id.length));
  const shortWidth = Math.max(0, ...nodes.map((node) => shortOf(node).length));
  const blocks = lineage.layers.flatMap((layer) => {
    const members = membersOf(lineage, layer).filter(({ id }) => shown.has(id));
    if (members.length === 0) return [];
    const lines = members.flatMap((node) => {
      const start = `${INDENT}${node.id.padEnd(nameWidth)}${GAP}${shortOf(node).padEnd(shortWidth)}${GAP}`;
      return linesOf(start, listOf(node), options.width);
    });
    return [[options.heading(headingOf(layer, members)), ...lines].join('\n')];
  });
  return `${blocks.join('\n\n')}\n`;
}

function shortOf(node: LineageNode): string {
  return node.kind === 'source' ? '' : upkeepOf(node).short;
}

function listOf(node: LineageNode): { sign: string; names: readonly string[] } {
  return node.layer === SOURCE_LAYER ? { sign: '→', names: node.feeds } : { sign: '←', names: node.reads };
}

/** `facts (3 tables)`. */
function headingOf(layer: string, members: readonly LineageNode[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of members) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const text = [...counts].map(([kind, count]) => {
    const noun = kind === 'source' ? 'source table' : kind;
    return `${count} ${noun}${count === 1 ? '' : 's'}`;
  });
  return `${layer} (${text.join(', ')})`;
}

/** The list behind the start, wrapped under its own beginning; below the start where there is no room beside it. */
function linesOf(start: string, list: { sign: string; names: readonly string[] }, width: number): string[] {
  if (list.names.length === 0) return [start.trimEnd()];
  const beside = width - start.length >= MIN_LIST_WIDTH;
  const indent = beside ? start.length : INDENT.length * 2;
  const rows: string[] = [];
  let row = `${list.sign} `;
  for (const [index, name] of list.names.entries()) {
    const item = index === list.names.length - 1 ? name : `${name},`;
    const isFirst = row === `${list.sign} ` || row === INDENT;
    if (!isFirst && indent + row.length + 1 + item.length > width) {
      rows.push(row);
      row = INDENT;
    }
    row += row === `${list.sign} ` || row === INDENT ? item : ` ${item}`;
  }
  rows.push(row);
  const [first = '', ...others] = rows;
  const rest = others.map((text) => `${' '.repeat(indent)}${text}`);
  return beside ? [`${start}${first}`, ...rest] : [start.trimEnd(), `${' '.repeat(indent)}${first}`, ...rest];
}
