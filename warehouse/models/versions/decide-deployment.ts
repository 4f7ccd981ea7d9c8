import type { ReplicaShape } from '../maintain/read-replicas.ts';
import type { Plan } from '../plan.ts';
import type { ReplicaShapes } from '../replica-shapes.ts';
import { assignTables } from './assign-tables.ts';
import { type Deployment, idsOf, type TableVersion, tablesOf } from './deployment.ts';
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
      /** Source tables (`source.table`) whose rows are not kept yet. */
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

  function versions(shapes: ReadonlyMap<string, ReplicaShape>, from: readonly TableVersion[]): TableVersion[] {
    return assignTables({ plan, hashes: tableHashes(plan, shapes), existing: from, newId });
  }

  function rebuild(reason: string): Decision {
    const live = versions(replicas, []);
    const sources = shapesOf(sourcesOf(live.map(({ placed }) => placed)).keys(), replicas);
    return { kind: 'rebuild', reason, deployment: { live, next: null, sources, replicaShapes } };
  }

  if (existing === null) return rebuild('no rows are kept');
  if (existing.replicaShapes !== replicaShapes) return rebuild('a replica was built anew in another shape');
  for (const [name, shape] of Object.entries(existing.sources)) {
    if (!holds(replicas.get(name), shape)) return rebuild(`the columns of ${name} are others`);
  }
  const shapes = new Map([...replicas, ...Object.entries(existing.sources)]);
  const known = [...existing.live, ...(existing.next ?? [])];
  const wanted = versions(
    shapes,
    known.filter(({ placed }) => !failed.has(placed.id)),
  );
  const knownIds = idsOf(known);
  const created = wanted.map(({ placed }) => placed).filter(({ id }) => !knownIds.has(id));
  for (const name of sourcesOf(created).keys()) {
    if (shapeHash(shapes.get(name)) !== shapeHash(replicas.get(name))) return rebuild(`${name} has more columns`);
  }
  const isSame = created.length === 0 && sameIds(idsOf(wanted), idsOf(existing.live));
  const next = isSame ? null : wanted;
  const live = isSame ? wanted : existing.live;
  const read = sourcesOf(tablesOf({ live, next }));
  const deployment = { live, next, sources: shapesOf(read.keys(), shapes), replicaShapes };
  if (isSame) return { kind: 'keep', deployment };
  const newSources = [...read.keys()].filter((name) => existing.sources[name] === undefined);
  return { kind: 'change', deployment, created, newSources };
}

/** Whether a replica still has all of the columns, and the key, of a shape. */
function holds(replica: ReplicaShape | undefined, shape: ReplicaShape): boolean {
  if (replica === undefined || replica.replica !== shape.replica) return false;
  if (JSON.stringify(replica.key) !== JSON.stringify(shape.key)) return false;
  const types = new Map(replica.columns.map(({ name, type }) => [name, type]));
  return shape.columns.every(({ name, type }) => types.get(name) === type);
}

function shapesOf(names: Iterable<string>, shapes: ReadonlyMap<string, ReplicaShape>): Record<string, ReplicaShape> {
  return Object.fromEntries([...names].map((name) => [name, shapes.get(name) as ReplicaShape]));
}

function sameIds(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}
