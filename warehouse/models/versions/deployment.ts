import type { PlacedHistory } from '../history/placed-history.ts';
import type { ReplicaShape } from '../maintain/read-replicas.ts';
import type { PlacedTable } from './placed-table.ts';

/** One version of a model's table. */
export interface TableVersion {
  readonly placed: PlacedTable;
  /** See `tableHashes`. */
  readonly hash: string;
}

/** Which tables are kept up to date, and for whom. Plain data: it is written down with the rows. */
export interface Deployment {
  /** What readers see, each after what it reads. */
  readonly live: readonly TableVersion[];
  /** What takes its place, in one step, when all of it is built; null when nothing is to change. */
  readonly next: readonly TableVersion[] | null;
  /** Snapshots that are kept with what readers see; missing in what was written down before there were any. */
  readonly histories?: readonly PlacedHistory[];
  /** The columns of source tables as their rows are kept, by id (`PlacedSource`). */
  readonly sources: Readonly<Record<string, ReplicaShape>>;
  /** Shapes of the replicas that the rows were read from. */
  readonly replicaShapes: string;
}

/** Every table, once, each after what it reads. */
export function tablesOf({ live, next }: Pick<Deployment, 'live' | 'next'>): PlacedTable[] {
  return [...new Map([...live, ...(next ?? [])].map(({ placed }) => [placed.id, placed])).values()];
}

export function idsOf(versions: readonly TableVersion[]): Set<string> {
  return new Set(versions.map(({ placed }) => placed.id));
}

export function historiesOf({ histories = [] }: Pick<Deployment, 'histories'>): readonly PlacedHistory[] {
  return histories;
}
