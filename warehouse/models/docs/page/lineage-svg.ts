import { type Box, layOut, type Point } from '../../lineage/layout.ts';
import { edgesAmong, type Lineage, type NodeKind } from '../../lineage/lineage.ts';
import { upkeepOf } from '../../lineage/upkeep.ts';
import { html, type Markup } from './markup.ts';

/** Of a character of the labels' font, which is fixed in the style sheet. */
const CHARACTER_WIDTH = 7.3;
const PADDING = 30;
const MAX_LABEL = 44;

/** The graph of some nodes as a drawing with links; `current` is the one whose page it stands on. */
export function lineageSvg(options: {
  lineage: Lineage;
  shown: ReadonlySet<string>;
  current?: string;
  hrefOf: (id: string) => string;
}): Markup {
  const { lineage, shown, current, hrefOf } = options;
  const ids = lineage.nodes.map(({ id }) => id).filter((id) => shown.has(id));
  const layout = layOut(
    { ids, edges: edgesAmong(lineage, shown) },
    (id) => labelOf(id).length * CHARACTER_WIDTH + PADDING,
  );
  const edges = layout.edges.map(
    ({ from, to, points }) => html`<path d="${curve(points)}" data-from="${from}" data-to="${to}"/>\n`,
  );
  const nodes = layout.nodes.map((box) => {
    const node = lineage.byId.get(box.id);
    const kind = node?.kind ?? 'table';
    const about = node === undefined ? '' : `${box.id}: ${kind}, ${upkeepOf(node).short}`;
    return html`<a href="${hrefOf(box.id)}" class="${kind}" data-id="${box.id}"${box.id === current ? html` aria-current="page"` : ''}><title>${about}</title>${shapeOf(box, kind)}<text x="${round(box.x + PADDING - 10)}" y="${round(box.y + box.height / 2 + 4)}">${labelOf(box.id)}</text></a>\n`;
  });
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  return html`<div class="lineage" tabindex="0" role="group" aria-label="Lineage"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<g class="edges">${edges}</g>
${nodes}</svg></div>`;
}

/** The box, with a mark by which its kind is known without colours. */
function shapeOf({ x, y, width, height }: Box, kind: NodeKind): Markup {
  const [left, middle] = [round(x + 11), round(y + height / 2)];
  const box = html`<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="${kind === 'view' ? 15 : 4}"/>`;
  const marks: Readonly<Record<NodeKind, string>> = {
    source: `M${left - 5} ${middle - 4}a5 2 0 0 1 10 0v8a5 2 0 0 1 -10 0zm0 0a5 2 0 0 0 10 0`,
    view: `M${left - 5} ${middle}q5 -7 10 0q-5 7 -10 0z`,
    table: `M${left - 5} ${middle - 5}h10v10h-10zm0 4h10m-6 0v6`,
    cube: `M${left} ${middle - 6}l5 3v6l-5 3l-5 -3v-6zm-5 3l5 3l5 -3m-5 3v6`,
    snapshot: `M${left - 5} ${middle}a5 5 0 1 1 2 4m-2 2v-3h3m2 -6v3l2 2`,
  };
  return html`${box}<path class="mark" d="${marks[kind]}"/>`;
}

/** Bends between columns, straight lines across them. */
function curve(points: readonly Point[]): string {
  const [first, ...others] = points;
  if (first === undefined) return '';
  let text = `M${round(first.x)} ${round(first.y)}`;
  let from = first;
  for (const to of others) {
    const middle = (from.x + to.x) / 2;
    text +=
      from.y === to.y
        ? `L${round(to.x)} ${round(to.y)}`
        : `C${round(middle)} ${round(from.y)} ${round(middle)} ${round(to.y)} ${round(to.x)} ${round(to.y)}`;
    from = to;
  }
  return text;
}

function labelOf(id: string): string {
  return id.length > MAX_LABEL ? `${id.slice(0, MAX_LABEL - 1)}…` : id;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
