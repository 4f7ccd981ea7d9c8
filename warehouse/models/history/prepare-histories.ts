import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { type KeptModels, pendingHistories, recordHistories } from '../kept-models.ts';
import { abortBatch } from '../store/aborted-batches.ts';
import type { ModelColumn } from '../store/model-table.ts';
import { dropModelViews } from '../store/model-views.ts';
import { historiesOf, type TableVersion } from '../versions/deployment.ts';
import { checkHistory } from './check-history.ts';
import { tableFollowed } from './following.ts';
import { createHistoryViews } from './history-views.ts';
import type { PlacedHistory } from './placed-history.ts';
import { markFilled, prepareHistory } from './prepare-history.ts';

/** Throws MR-MODEL-007 where a snapshot of the folder does not fit the tables that readers are to see. */
export function checkHistories(
  kept: Pick<KeptModels, 'plannedHistories' | 'tables'>,
  live: readonly TableVersion[],
): void {
  for (const placed of kept.plannedHistories) {
    const columns = columnsFollowed(kept, placed, live);
    if (columns !== undefined) checkHistory(placed, columns);
  }
}

/**
 * Opens the tables of the deployment's snapshots, makes them fit their models' columns, and shows them to readers. A
 * snapshot whose table cannot be used is stopped; one that had stopped goes on.
 */
export async function prepareHistories(kept: KeptModels): Promise<void> {
  const { engine, deployment, stopped, failures, logger } = kept;
  const histories = [];
  for (const placed of historiesOf(deployment)) {
    stopped.delete(placed.id);
    dropFailures(failures, placed);
    const columns = columnsFollowed(kept, placed, deployment.live);
    if (columns === undefined) continue;
    try {
      const history = await prepareHistory(engine.client, placed, columns);
      histories.push(history);
      // At once: a view of a column that was renamed cannot be read.
      await createHistoryViews(engine.client, history, kept.aborted);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      logger.error({ model: placed.model.name, code: error.code, detail: error.message }, 'snapshot stopped');
      failures.push({ id: placed.id, model: placed.model.name, error });
      stopped.add(placed.id);
    }
  }
  kept.histories = histories;
}

/** Snapshots that follow have taken over their models: writes down what a crash may have left open of that, too. */
export async function finishJoining(kept: KeptModels): Promise<void> {
  const pending = pendingHistories(kept);
  const histories = [];
  for (const history of kept.histories) {
    const isJoined = !pending.has(history.placed.id) && !kept.stopped.has(history.placed.id);
    histories.push(isJoined ? await markFilled(kept.engine.client, history) : history);
  }
  kept.histories = histories;
  if (histories.length > 0) await recordHistories(kept);
}

/** A snapshot failed in a batch. Its table goes on after a restart, and what it has of the batch may be a part. */
export async function stopHistory(kept: KeptModels, id: string, batch: string): Promise<void> {
  const history = kept.histories.find(({ placed }) => placed.id === id);
  if (history === undefined) return;
  const { client } = kept.engine;
  await abortBatch(client, batch, id);
  history.failedBatches.push(batch);
  await createHistoryViews(client, history, kept.aborted);
}

/** Removes the views of snapshots that are in the folder no more. Their versions are kept: nothing could give them again. */
export async function dropViewsOfFormer(
  client: ClickHouseClient,
  former: readonly PlacedHistory[],
  now: readonly PlacedHistory[],
): Promise<void> {
  const names = new Set(now.map(({ model }) => model.name));
  for (const { model } of former) if (!names.has(model.name)) await dropModelViews(client, model.name);
}

function columnsFollowed(
  { tables }: Pick<KeptModels, 'tables'>,
  placed: PlacedHistory,
  live: readonly TableVersion[],
): readonly ModelColumn[] | undefined {
  return tables.models.get(tableFollowed(placed, live) ?? '')?.table.columns;
}

function dropFailures(failures: KeptModels['failures'], { id }: PlacedHistory): void {
  for (let i = failures.length - 1; i >= 0; i--) if (failures[i]?.id === id) failures.splice(i, 1);
}
