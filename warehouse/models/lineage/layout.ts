import { type Digraph, layerGraph } from './layering.ts';

/** Where everything is drawn, in pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Box[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly points: readonly Point[] }[];
}

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const NODE_HEIGHT = 30;
/** Between the middles of neighbours in a column: of two nodes, and where an edge passes. */
const NODE_DISTANCE = 42;
const EDGE_DISTANCE = 22;
const COLUMN_GAP = 48;
const MARGIN = 12;
const ROUNDS = 10;

/** Lays a graph out in columns from left to right. */
export function layOut(graph: Digraph, widthOf: (id: string) => number): Layout {
  const { slots, columns, paths } = layerGraph(graph);
  const isNode = (slot: number) => slots[slot]?.id !== null;
  const distance = (one: number, other: number) => (isNode(one) && isNode(other) ? NODE_DISTANCE : EDGE_DISTANCE);

  const y = new Map<number, number>();
  for (const column of columns) {
    for (const [index, slot] of column.entries()) {
      const above = column[index - 1];
      y.set(slot, above === undefined ? 0 : (y.get(above) as number) + distance(above, slot));
    }
  }
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? columns : columns.toReversed();
    for (const column of order) {
      const gaps = column.map((slot, index) => (index === 0 ? 0 : distance(column[index - 1] as number, slot)));
      const wishes: number[] = [];
      for (const [index, slot] of column.entries()) {
        const beside = [...(slots[slot]?.left ?? []), ...(slots[slot]?.right ?? [])];
        // What is connected with nothing goes where the one above it does.
        const alone = (wishes[index - 1] ?? 0) + (gaps[index] as number);
        wishes.push(beside.length === 0 ? alone : mean(beside.map((each) => y.get(each) as number)));
      }
      for (const [index, value] of nearestPlaces(wishes, gaps).entries()) y.set(column[index] as number, value);
    }
  }

  const top = Math.min(0, ...y.values());
  const middle = (slot: number) => Math.round((y.get(slot) as number) - top + MARGIN + NODE_HEIGHT / 2);
  const lefts: number[] = [];
  const widths = columns.map((column) => Math.max(0, ...column.map((slot) => widthOf(slots[slot]?.id ?? ''))));
  let x = MARGIN;
  for (const width of widths) {
    lefts.push(x);
    x += width + COLUMN_GAP;
  }
  const columnOf = new Map(columns.flatMap((column, index) => column.map((slot): [number, number] => [slot, index])));
  const start = (slot: number) => lefts[columnOf.get(slot) as number] as number;
  const widthIn = (slot: number) =>
    isNode(slot) ? widthOf(slots[slot]?.id as string) : (widths[columnOf.get(slot) as number] as number);
  return {
    width: Math.max(0, x - COLUMN_GAP) + MARGIN,
    height: Math.max(0, ...slots.map((_, slot) => middle(slot))) + NODE_HEIGHT / 2 + MARGIN,
    nodes: slots.flatMap(({ id }, slot) =>
      id === null
        ? []
        : [{ id, x: start(slot), y: middle(slot) - NODE_HEIGHT / 2, width: widthOf(id), height: NODE_HEIGHT }],
    ),
    // From the right side of the first box to the left of the last; straight across the columns between.
    edges: paths.map(({ from, to, slots: path }) => ({
      from,
      to,
      points: path.flatMap((slot, index) => {
        const left = { x: start(slot), y: middle(slot) };
        const right = { x: start(slot) + widthIn(slot), y: middle(slot) };
        return index === 0 ? [right] : index === path.length - 1 ? [left] : [left, right];
      }),
    })),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Places in the given order with at least `gaps[i]` between each and the one before it, whose squared distances from
 * the wishes are least: pools of neighbours that would come too near each other share one shift.
 */
export function nearestPlaces(wishes: readonly number[], gaps: readonly number[]): number[] {
  let offset = 0;
  const offsets = gaps.map((gap) => {
    offset += gap;
    return offset;
  });
  const pools: { sum: number; count: number }[] = [];
  for (const [index, wish] of wishes.entries()) {
    pools.push({ sum: wish - (offsets[index] as number), count: 1 });
    for (;;) {
      const last = pools.at(-1);
      const before = pools.at(-2);
      if (last === undefined || before === undefined || before.sum / before.count <= last.sum / last.count) break;
      pools.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  }
  return pools
    .flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
    .map((shift, index) => shift + (offsets[index] as number));
}
