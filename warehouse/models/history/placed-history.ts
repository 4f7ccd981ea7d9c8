import type { Plan } from '../plan.ts';
import type { TableDefinition } from '../project/project.ts';
import type { ModelTable } from '../store/model-table.ts';

/**
 * A snapshot with what it takes to go on without the folder. Unlike the tables of models its table is of no version: it
 * outlives those of the model that it follows. Plain data: it is written down with the rows.
 */
export interface PlacedHistory {
  readonly strategy: 'history';
  /** Its table in `store`. */
  readonly id: string;
  readonly model: TableDefinition;
  /** Model whose rows it follows, in whatever version readers see. */
  readonly relation: string;
  /** Columns that make a new version; null for all. */
  readonly checked: readonly string[] | null;
  /** What readers call the beginning and the end of a version's time. */
  readonly validFrom: string;
  readonly validTo: string;
}

/** A snapshot as it is kept. */
export interface KeptHistory {
  readonly placed: PlacedHistory;
  /** Columns of versions: the model's in their order, then those that it had once. */
  readonly table: ModelTable;
  /** Columns that current versions lack, because the model has them since the history was joined with it last. */
  readonly unfilled: ReadonlySet<string>;
  /** Batches that were published, but in which this one failed. */
  readonly failedBatches: string[];
}

const SUFFIX = '__versions';

export function placeHistories(plan: Pick<Plan, 'histories'>): PlacedHistory[] {
  return plan.histories.map(({ model, maintenance }) => ({
    strategy: 'history',
    id: `${model.name}${SUFFIX}`,
    model: {
      name: model.name,
      uniqueKey: model.uniqueKey,
      maintenance: model.maintenance,
      description: model.description,
    },
    relation: maintenance.relation,
    checked: maintenance.check_cols === 'all' ? null : maintenance.check_cols,
    validFrom: maintenance.valid_from,
    validTo: maintenance.valid_to,
  }));
}

/** Tables of snapshots, also of those that are in no folder any more. */
export const HISTORY_TABLES = `endsWith(name, '${SUFFIX}')`;
