/** A directed graph without circles. */
export interface Digraph {
  readonly ids: readonly string[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** A place in a column: of a node, or of an edge that passes through on its way to a column further on. */
export interface Slot {
  /** The node; null for a place that an edge passes. */
  readonly id: string | null;
  /** Slots of the columns beside it that it is connected with, by their number in `slots`. */
  readonly left: number[];
  readonly right: number[];
}

export interface Layering {
  readonly slots: readonly Slot[];
  /** From left to right, each from top to bottom, as numbers in `slots`. */
  readonly columns: readonly (readonly number[])[];
  /** The slots of each edge from its start to its end. */
  readonly paths: readonly { readonly from: string; readonly to: string; readonly slots: readonly number[] }[];
}

const SWEEPS = 12;

/** Puts every node right of what leads to it, and orders each column so that few edges cross. The same for the same graph. */
export function layerGraph(graph: Digraph): Layering {
  const rank = ranksOf(graph);
  const slots: Slot[] = [];
  const columns: number[][] = [];
  const place = (id: string | null, column: number): number => {
    const number = slots.push({ id, left: [], right: [] }) - 1;
    columns[column] ??= [];
    columns[column].push(number);
    return number;
  };
  const slotOf = new Map(graph.ids.map((id) => [id, place(id, rank.get(id) ?? 0)]));
  const paths = graph.edges.map(({ from, to }) => {
    const path = [slotOf.get(from) as number];
    for (let column = (rank.get(from) ?? 0) + 1; column < (rank.get(to) ?? 0); column++) path.push(place(null, column));
    path.push(slotOf.get(to) as number);
    for (const [index, slot] of path.slice(0, -1).entries()) {
      const next = path[index + 1] as number;
      slots[slot]?.right.push(next);
      slots[next]?.left.push(slot);
    }
    return { from, to, slots: path };
  });
  return { slots, columns: fewerCrossings(slots, columns), paths };
}

/** How many steps the longest way to each node has. */
function ranksOf({ ids, edges }: Digraph): Map<string, number> {
  const rank = new Map(ids.map((id) => [id, 0]));
  for (let changed = true, round = 0; changed && round <= ids.length; round++) {
    changed = false;
    for (const { from, to } of edges) {
      const least = (rank.get(from) ?? 0) + 1;
      if ((rank.get(to) ?? 0) >= least) continue;
      rank.set(to, least);
      changed = true;
    }
  }
  return rank;
}

/** Barycentres, to and fro; the best order that was met is kept. */
function fewerCrossings(slots: readonly Slot[], columns: readonly (readonly number[])[]): number[][] {
  let current = columns.map((column) => [...column]);
  let best = current;
  let fewest = crossings(slots, current);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const side = sweep % 2 === 0 ? 'left' : 'right';
    const places = placesOf(current);
    const order = current.map((_, index) => (side === 'left' ? index : current.length - 1 - index));
    const next = current.map((column) => [...column]);
    for (const index of order) {
      const column = next[index] as number[];
      const wish = new Map(
        column.map((slot, at) => [slot, mean((slots[slot]?.[side] ?? []).map((each) => places.get(each) ?? 0)) ?? at]),
      );
      column.sort((one, other) => (wish.get(one) as number) - (wish.get(other) as number));
      for (const [at, slot] of column.entries()) places.set(slot, at);
    }
    current = next;
    const count = crossings(slots, current);
    if (count < fewest) [best, fewest] = [current, count];
  }
  return best;
}

/** Pairs of edges between neighbouring columns that cross. */
export function crossings(slots: readonly Slot[], columns: readonly (readonly number[])[]): number {
  const places = placesOf(columns);
  let count = 0;
  for (const column of columns) {
    const ends: number[] = [];
    for (const slot of column) {
      const own = (slots[slot]?.right ?? []).map((each) => places.get(each) ?? 0);
      for (const end of own) count += ends.filter((before) => before > end).length;
      ends.push(...own);
    }
  }
  return count;
}

function placesOf(columns: readonly (readonly number[])[]): Map<number, number> {
  return new Map(columns.flatMap((column) => column.map((slot, at): [number, number] => [slot, at])));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
