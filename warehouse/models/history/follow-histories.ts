import { isRetryable } from '../../clickhouse/retryable.ts';
import { asModelFailure, type ModelFailure } from '../maintain/cascade.ts';
import type { Engine, MaintainedTables } from '../maintain/tables.ts';
import type { RowStoreState } from '../rows/row-store.ts';
import type { TableVersion } from '../versions/deployment.ts';
import { following, nowFollowed, toJoin } from './following.ts';
import { joinHistory } from './join-history.ts';
import type { KeptHistory, PlacedHistory } from './placed-history.ts';

/** What snapshots do in one batch. */
export interface BatchHistories {
  /** They take over each change of their tables. */
  readonly following: readonly { readonly history: KeptHistory; readonly table: string }[];
  /** They begin to follow with this batch, in which their tables do not change. */
  readonly joining: readonly { readonly history: PlacedHistory; readonly table: string }[];
  /** Joins those with their models. Those that fail are stopped. */
  join(): Promise<ModelFailure[]>;
  /** What they follow after the batch. */
  followed(): Readonly<Record<string, string>>;
}

export function followHistories(options: {
  engine: Engine;
  histories: readonly PlacedHistory[];
  keptHistories: readonly KeptHistory[];
  live: readonly TableVersion[];
  tables: MaintainedTables;
  state: RowStoreState;
  batch: string;
  moment: string;
  abortedBatches: readonly string[];
  /** False while the row store catches up with what the store has already. */
  write: boolean;
  stopped: Set<string>;
}): BatchHistories {
  const { engine, histories, keptHistories, live, tables, state, batch, moment, abortedBatches, write, stopped } =
    options;
  const keptOf = ({ id }: PlacedHistory) => keptHistories.find(({ placed }) => placed.id === id);
  const joining = toJoin({ histories, live, state, stopped });

  return {
    following: following({ histories, live, state }).flatMap(({ history: placed, table }) => {
      const history = keptOf(placed);
      return history === undefined || stopped.has(placed.id) ? [] : [{ history, table }];
    }),
    joining,
    join: async () => {
      if (!write) return [];
      const { watermark } = state;
      return joinHistories({
        engine,
        joining,
        keptHistories,
        tables,
        watermark,
        batch,
        moment,
        abortedBatches,
        stopped,
      });
    },
    followed: () => nowFollowed({ followed: state.followed, joined: joining, stopped }),
  };
}

/** Has histories take over what their models show at the watermark. Those that fail are stopped. */
export async function joinHistories(options: {
  engine: Engine;
  joining: BatchHistories['joining'];
  keptHistories: readonly KeptHistory[];
  tables: MaintainedTables;
  /** At which their models, of which nothing changes in the batch, are read. */
  watermark: string;
  batch: string;
  moment: string;
  abortedBatches: readonly string[];
  stopped: Set<string>;
}): Promise<ModelFailure[]> {
  const { engine, joining, keptHistories, tables, stopped, ...batch } = options;
  const failures: ModelFailure[] = [];
  for (const { history: placed, table } of joining) {
    const history = keptHistories.find((kept) => kept.placed.id === placed.id);
    const modelColumns = tables.models.get(table)?.table.columns;
    if (history === undefined || modelColumns === undefined) throw new Error(`no table is kept of ${placed.id}`);
    try {
      await joinHistory({ client: engine.client, history, modelColumns, ...batch });
    } catch (error) {
      if (isRetryable(error)) throw error;
      failures.push({ id: placed.id, model: placed.model.name, error: asModelFailure(placed.model.name, error) });
      stopped.add(placed.id);
    }
  }
  return failures;
}
