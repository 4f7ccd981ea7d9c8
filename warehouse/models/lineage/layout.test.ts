import { describe, expect, it } from 'vitest';
import { createRandom } from '../../testing/random.ts';
import { crossings, type Digraph, layerGraph } from './layering.ts';
import { layOut, nearestPlaces } from './layout.ts';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

function randomGraph(seed: number): Digraph {
  const random = createRandom(seed);
  const ids = Array.from({ length: 2 + random.below(70) }, (_, index) => `n${index}`);
  const edges = ids.flatMap((to, index) => {
    if (index === 0) return [];
    const from = new Set(Array.from({ length: random.below(4) }, () => `n${random.below(index)}`));
    return [...from].map((each) => ({ from: each, to }));
  });
  return { ids, edges };
}

describe('layers', () => {
  it('put every node right of what leads to it', () => {
    for (const seed of SEEDS) {
      const graph = randomGraph(seed);
      const { slots, columns } = layerGraph(graph);
      const column = new Map(columns.flatMap((each, index) => each.map((slot) => [slots[slot]?.id, index] as const)));
      for (const { from, to } of graph.edges) {
        expect(column.get(from), `seed ${seed}: ${from} -> ${to}`).toBeLessThan(column.get(to) as number);
      }
      expect(columns.flat().length).toBe(slots.length);
    }
  });

  it('untangle edges that need not cross', () => {
    const ids = ['a', 'b', 'c', 'd', 'z', 'y', 'x', 'w'];
    const edges = [
      ['a', 'w'],
      ['b', 'x'],
      ['c', 'y'],
      ['d', 'z'],
    ].map(([from = '', to = '']) => ({ from, to }));
    const { slots, columns } = layerGraph({ ids, edges });
    expect(crossings(slots, columns)).toBe(0);
    expect(crossings(slots, [columns[0] as number[], (columns[1] as number[]).toReversed()])).toBe(6);
  });
});

describe('a layout', () => {
  it('lets no boxes overlap, keeps within its size, and leads edges from box to box', () => {
    for (const seed of SEEDS) {
      const graph = randomGraph(seed);
      const { nodes, edges, width, height } = layOut(graph, (id) => 40 + id.length * 10);
      expect(nodes).toHaveLength(graph.ids.length);
      const byId = new Map(nodes.map((node) => [node.id, node]));
      for (const [index, one] of nodes.entries()) {
        expect(one.x >= 0 && one.y >= 0 && one.x + one.width <= width && one.y + one.height <= height).toBe(true);
        for (const other of nodes.slice(index + 1)) {
          const apart =
            one.x + one.width < other.x ||
            other.x + other.width < one.x ||
            one.y + one.height < other.y ||
            other.y + other.height < one.y;
          expect(apart, `seed ${seed}: ${one.id} and ${other.id}`).toBe(true);
        }
      }
      for (const { from, to, points } of edges) {
        const [start, end] = [byId.get(from)!, byId.get(to)!];
        expect(points[0]).toEqual({ x: start.x + start.width, y: start.y + start.height / 2 });
        expect(points.at(-1)).toEqual({ x: end.x, y: end.y + end.height / 2 });
      }
    }
  });

  it('is the same for the same graph, and there for an empty one', () => {
    expect(layOut(randomGraph(7), () => 50)).toEqual(layOut(randomGraph(7), () => 50));
    expect(layOut({ ids: [], edges: [] }, () => 50).nodes).toEqual([]);
  });
});

describe('places nearest to the wishes', () => {
  it('are the wishes where these are far enough apart', () => {
    expect(nearestPlaces([0, 30, 100], [0, 10, 10])).toEqual([0, 30, 100]);
  });

  it('share what they give up', () => {
    expect(nearestPlaces([50, 50], [0, 10])).toEqual([45, 55]);
    expect(nearestPlaces([30, 0], [0, 10])).toEqual([10, 20]);
    expect(nearestPlaces([10, 10, 10, 100], [0, 10, 10, 10])).toEqual([0, 10, 20, 100]);
  });

  it('are never nearer than the gaps', () => {
    for (const seed of SEEDS) {
      const random = createRandom(seed);
      const wishes = Array.from({ length: 20 }, () => random.below(200));
      const places = nearestPlaces(wishes, [0, ...Array.from({ length: 19 }, () => 10)]);
      for (const [index, place] of places.slice(1).entries()) {
        expect(place - (places[index] as number)).toBeGreaterThan(10 - 1e-9);
      }
    }
  });
});
