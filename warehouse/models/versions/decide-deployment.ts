import { placeHistories } from '../history/placed-history.ts';
import type { ReplicaShape } from '../maintain/read-replicas.ts';
import type { Plan } from '../plan.ts';
import { type SourceTableRef, sourceKey } from '../project/project.ts';
import type { ReplicaShapes } from '../replica-shapes.ts';
import { assignTables } from './assign-tables.ts';
import { type Deployment, historiesOf, idsOf, type TableVersion, tablesOf } from './deployment.ts';
import { type PlacedTable, sourcesOf } from './placed-table.ts';
import { shapeHash, tableHashes } from './table-hashes.ts';

/** What a plan makes of the tables that there are. */
export type Decision =
  /** The rows that are kept are of no use: everything is built anew. */
  | { readonly kind: 'rebuild'; readonly reason: string; readonly deployment: Deployment }
  /** Nothing is built; what is said of the models may have changed. */
  | { readonly kind: 'keep'; readonly deployment: Deployment }
  /** Some tables are built beside, and take the place of others in one step. */
  | {
      readonly kind: 'change';
      readonly deployment: Deployment;
      readonly created: readonly PlacedTable[];
      /** Ids of source tables whose rows are not kept yet. */
      readonly newSources: readonly string[];
    };

export function decideDeployment(options: {
  plan: Plan;
  /** By `source.table`. */
  replicas: ReadonlyMap<string, ReplicaShape>;
  replicaShapes: ReplicaShapes;
  /** Null when no rows are kept. */
  existing: Deployment | null;
  /** Ids of tables that stopped: they lack changes. */
  failed: ReadonlySet<string>;
  newId: (model: string) => string;
}): Decision {
  const { plan, replicas, replicaShapes, existing, failed, newId } = options;
  const histories = placeHistories(plan);

  function versions(kept: KeptSources, from: readonly TableVersion[]): TableVersion[] {
    const hashes = tableHashes(plan, kept.shapes);
    return assignTables({ plan, hashes, existing: from, sourceIds: kept.ids, newId });
  }

  function rebuild(reason: string): Decision {
    const sources = { ids: new Map<string, string>(), shapes: replicas };
    const live = versions(sources, []);
    const read = sourcesOf(live.map(({ placed }) => placed));
    return {
      kind: 'rebuild',
      reason,
      deployment: { live, next: null, histories, sources: shapesOf(read, sources), replicaShapes },
    };
  }

  if (existing === null) return rebuild('no rows are kept');
  if (existing.replicaShapes !== replicaShapes) return rebuild('a replica was built anew in another shape');
  const byReplica = new Map([...replicas.values()].map((shape) => [shape.replica, shape]));
  for (const [id, shape] of Object.entries(existing.sources)) {
    if (!holds(byReplica.get(shape.replica), shape)) return rebuild(`the columns of ${id} are others`);
  }
  const known = [...existing.live, ...(existing.next ?? [])];
  const whole = known.filter(({ placed }) => !failed.has(placed.id));
  const knownIds = idsOf(known);
  const kept = keptSources(existing, replicas);
  for (;;) {
    const wanted = versions(kept, whole);
    const created = wanted.map(({ placed }) => placed).filter(({ id }) => !knownIds.has(id));
    if (readAgain(created, kept, replicas, existing)) continue;
    const isSame = created.length === 0 && sameIds(idsOf(wanted), idsOf(existing.live));
    const next = isSame ? null : wanted;
    const live = isSame ? wanted : existing.live;
    const read = sourcesOf(tablesOf({ live, next }));
    const sources = { ...shapesOf(sourcesOf(wanted.map(({ placed }) => placed)), kept), ...existingOf(read, existing) };
    // Snapshots as the folder has them now may name columns that the tables readers see do not have yet.
    const now = isSame ? histories : historiesOf(existing);
    const deployment = { live, next, histories: now, sources, replicaShapes };
    if (isSame) return { kind: 'keep', deployment };
    const newSources = [...read.keys()].filter((id) => existing.sources[id] === undefined);
    return { kind: 'change', deployment, created, newSources };
  }
}

/** Source tables as they are read, by `source.table`. */
interface KeptSources {
  readonly ids: Map<string, string>;
  readonly shapes: Map<string, ReplicaShape> | ReadonlyMap<string, ReplicaShape>;
}

/** As they are kept already, where they are; what readers see comes first. */
function keptSources(existing: Deployment, replicas: ReadonlyMap<string, ReplicaShape>) {
  const live = sourcesOf(existing.live.map(({ placed }) => placed));
  const kept = Object.entries(existing.sources).sort(([a], [b]) => Number(live.has(b)) - Number(live.has(a)));
  const ids = new Map<string, string>();
  const shapes = new Map(replicas);
  for (const [name, { replica }] of replicas) {
    const [id, shape] = kept.find(([, shape]) => shape.replica === replica) ?? [];
    if (id === undefined || shape === undefined) continue;
    ids.set(name, id);
    shapes.set(name, shape);
  }
  return { ids, shapes };
}

/**
 * What is built reads every column that its source tables have by now: one that has more of them than are kept is read
 * again, beside the rows that the former versions go on with. True when there was one.
 */
function readAgain(
  created: readonly PlacedTable[],
  kept: ReturnType<typeof keptSources>,
  replicas: ReadonlyMap<string, ReplicaShape>,
  existing: Deployment,
): boolean {
  let found = false;
  for (const ref of sourcesOf(created).values()) {
    const name = sourceKey(ref);
    const shape = replicas.get(name) as ReplicaShape;
    if (shapeHash(kept.shapes.get(name)) === shapeHash(shape)) continue;
    const begun = Object.keys(existing.sources).find((id) => shapeHash(existing.sources[id]) === shapeHash(shape));
    kept.ids.set(name, begun ?? newSourceId(name, existing));
    kept.shapes.set(name, shape);
    found = true;
  }
  return found;
}

function newSourceId(name: string, { sources }: Deployment): string {
  for (let number = 2; ; number++) if (sources[`${name}#${number}`] === undefined) return `${name}#${number}`;
}

/** Whether a replica still has all of the columns, and the key, of a shape. */
function holds(replica: ReplicaShape | undefined, shape: ReplicaShape): boolean {
  if (replica === undefined || replica.replica !== shape.replica) return false;
  if (JSON.stringify(replica.key) !== JSON.stringify(shape.key)) return false;
  const types = new Map(replica.columns.map(({ name, type }) => [name, type]));
  return shape.columns.every(({ name, type }) => types.get(name) === type);
}

/** Shapes by id. */
function shapesOf(read: ReadonlyMap<string, SourceTableRef>, { shapes }: KeptSources): Record<string, ReplicaShape> {
  return Object.fromEntries([...read].map(([id, ref]) => [id, shapes.get(sourceKey(ref)) as ReplicaShape]));
}

function existingOf(read: ReadonlyMap<string, SourceTableRef>, { sources }: Deployment): Record<string, ReplicaShape> {
  return Object.fromEntries(Object.entries(sources).filter(([id]) => read.has(id)));
}

function sameIds(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}
