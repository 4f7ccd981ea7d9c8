import type { Maintenance } from '../project/maintenance.ts';
import { type Model, type Project, sourceKey } from '../project/project.ts';

export type NodeKind = 'source' | 'view' | 'table' | 'cube' | 'snapshot';

/** A source table or a model, with what stands directly before and behind it. */
export interface LineageNode {
  /** `source.table`, or the model's name. */
  readonly id: string;
  readonly kind: NodeKind;
  /** `sources`, the first folder below `models`, or `snapshots`. */
  readonly layer: string;
  /** Null for source tables. */
  readonly model: Model | null;
  /** Nodes that it reads, in order of first use. */
  readonly reads: readonly string[];
  /** Nodes that read it. */
  readonly feeds: readonly string[];
}

export interface Lineage {
  /** Each after what it reads; source tables first. */
  readonly nodes: readonly LineageNode[];
  readonly byId: ReadonlyMap<string, LineageNode>;
  /** Layers from the sources to what is read by people. */
  readonly layers: readonly string[];
}

export const SOURCE_LAYER = 'sources';

/** The graph of a project: what reads what. */
export function lineageOf(project: Project): Lineage {
  const sources = [...new Set(project.models.flatMap((model) => model.sources.map(sourceKey)))].sort();
  const reads = new Map<string, readonly string[]>(sources.map((id) => [id, []]));
  for (const model of project.models) reads.set(model.name, [...model.sources.map(sourceKey), ...model.refs]);
  const feeds = new Map<string, string[]>([...reads.keys()].map((id) => [id, []]));
  for (const [id, from] of reads) for (const read of from) feeds.get(read)?.push(id);

  const nodes = [...reads].map(([id, from]): LineageNode => {
    const model = project.byName.get(id) ?? null;
    return {
      id,
      kind: kindOf(model),
      layer: model?.layer ?? SOURCE_LAYER,
      model,
      reads: from,
      feeds: feeds.get(id) as string[],
    };
  });
  return { nodes, byId: new Map(nodes.map((node) => [node.id, node])), layers: layersOf(nodes) };
}

/** The nodes of a layer by name, as lists show them. */
export function membersOf({ nodes }: Lineage, layer: string): LineageNode[] {
  return nodes.filter((node) => node.layer === layer).sort((left, right) => left.id.localeCompare(right.id));
}

/** What can be reached over `reads` or `feeds` in at most so many steps, without the node itself. */
export function reachable(
  lineage: Lineage,
  options: { from: string; over: 'reads' | 'feeds'; steps?: number },
): Set<string> {
  const { from, over, steps = Number.POSITIVE_INFINITY } = options;
  const found = new Set<string>();
  let edge = [from];
  for (let step = 0; step < steps && edge.length > 0; step++) {
    const next = edge.flatMap((id) => lineage.byId.get(id)?.[over] ?? []).filter((id) => !found.has(id));
    for (const id of next) found.add(id);
    edge = [...new Set(next)];
  }
  return found;
}

/** Pairs of a node and one that reads it, among those. */
export function edgesAmong(lineage: Lineage, ids: ReadonlySet<string>): { from: string; to: string }[] {
  return lineage.nodes
    .filter(({ id }) => ids.has(id))
    .flatMap(({ id, reads }) => reads.filter((from) => ids.has(from)).map((from) => ({ from, to: id })));
}

export function maintenanceOf(node: LineageNode): Maintenance | null {
  return node.model?.maintenance ?? null;
}

function kindOf(model: Model | null): NodeKind {
  if (model === null) return 'source';
  if (model.materialized !== 'table') return model.materialized;
  return model.layer === 'cubes' || model.maintenance?.strategy === 'additive' ? 'cube' : 'table';
}

/** By how far from the sources their models stand on average. */
function layersOf(nodes: readonly LineageNode[]): string[] {
  const depth = new Map<string, number>();
  const depths = new Map<string, number[]>();
  for (const { id, layer, kind, reads } of nodes) {
    const own = kind === 'source' ? 0 : 1 + Math.max(0, ...reads.map((read) => depth.get(read) ?? 0));
    depth.set(id, own);
    depths.set(layer, [...(depths.get(layer) ?? []), own]);
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return [...depths]
    .map(([layer, values]) => ({ layer, mean: mean(values) }))
    .sort((left, right) => left.mean - right.mean || left.layer.localeCompare(right.layer))
    .map(({ layer }) => layer);
}
