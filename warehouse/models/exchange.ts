import { ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '../../runtime/errors.ts';
import { wrapError } from '../clickhouse/classify-error.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import { MODEL_ERRORS } from './errors.ts';
import { dropViewsOfFormer, prepareHistories } from './history/prepare-histories.ts';
import { createViews, type KeptModels, recordAll, stateOf } from './kept-models.ts';
import { finishRepairs } from './repair-requests.ts';
import { removeUnused, settleOn } from './replace-deployment.ts';
import { tableOf } from './store/create-tables.ts';
import { dropModelViews } from './store/model-views.ts';
import { startCheck } from './versions/check-built.ts';
import { historiesOf, idsOf, type TableVersion } from './versions/deployment.ts';

/**
 * What was built takes the place of the former tables, all in one step, when it has been looked at; where a table failed, or
 * is not as it should be, all of it is given up, and the former ones stay.
 */
export async function exchangeIfBuilt(kept: KeptModels): Promise<void> {
  const { live, next } = kept.deployment;
  if (next === null) return;
  const isLive = idsOf(live);
  const failed = next.find(({ placed }) => kept.stopped.has(placed.id) && !isLive.has(placed.id));
  if (failed !== undefined) return giveUpNext(kept, failureOf(kept, failed));
  if (Object.keys(stateOf(kept).builds).length > 0 || areSourcesBehind(kept)) return;
  const verdict = verdictOn(kept, next);
  if (verdict === null) return;
  if (verdict.reason !== null) return giveUpNext(kept, verdict.reason);
  const formerHistories = historiesOf(kept.deployment);
  await settleOn(kept, next, kept.plannedHistories);
  await prepareHistories(kept);
  await createViews(kept);
  const { client } = kept.engine;
  await recordAll(kept);
  await kept.onLive();
  await dropViewsOfFormer(client, formerHistories, kept.plannedHistories);
  const names = new Set(next.map(({ placed }) => placed.model.name));
  for (const { placed } of live) if (!names.has(placed.model.name)) await dropModelViews(client, placed.model.name);
  await removeUnused(kept);
  kept.logger.info({ models: next.length }, 'models are exchanged');
  await finishRepairs(client, kept.repairing);
  kept.repairing = [];
}

/** The former tables stay, and what was to take their place is not kept any more. */
export async function giveUpNext(kept: KeptModels, reason: MillraceError): Promise<void> {
  if (kept.deployment.next === null) return;
  await settleOn(kept, kept.deployment.live);
  await removeUnused(kept);
  kept.logger.error({ code: reason.code, detail: reason.message }, 'models stay as they were');
  // Whoever asked for them looks again.
  await finishRepairs(kept.engine.client, kept.repairing);
  kept.repairing = [];
  await kept.onGivenUp(reason);
}

/** Null while it is not known. Tables that are not there yet are nobody's concern: there is nothing that they would spoil. */
function verdictOn(kept: KeptModels, next: readonly TableVersion[]): { readonly reason: MillraceError | null } | null {
  if (kept.check === null) return { reason: null };
  const isLive = idsOf(kept.deployment.live);
  const built = next.map(({ placed }) => placed).filter(({ id }) => !isLive.has(id));
  kept.checking ??= startCheck(kept.check, {
    tables: new Map(built.map(({ id, model }) => [model.name, tableOf(kept.tables, id)])),
    watermark: stateOf(kept).watermark,
    abortedBatches: [...kept.aborted],
  });
  try {
    return kept.checking.verdict();
  } catch (error) {
    kept.checking = null; // Begun again, unless that is of no use.
    if (isRetryable(error)) throw error;
    return { reason: asFailure(error) };
  }
}

function failureOf(kept: KeptModels, { placed }: TableVersion): MillraceError {
  // Those that stand on it fail after it.
  const known = kept.failures.find(({ id }) => id === placed.id) ?? kept.failures[0];
  return known?.error ?? new MillraceError(MODEL_ERRORS.modelFailed, `model ${placed.model.name}`);
}

function asFailure(error: unknown): MillraceError {
  if (error instanceof MillraceError || error instanceof ClickHouseError)
    return wrapError(error, 'testing what was built');
  // Anything else is a fault of ours: it must not pass as a model's.
  throw error;
}

/** Source tables that were read later than the others are ahead of them. */
function areSourcesBehind(kept: KeptModels): boolean {
  const { floors, tableFloors } = stateOf(kept);
  return Object.entries(tableFloors).some(([name, floor]) => {
    const source = kept.tables.sources.get(name)?.source ?? '';
    return BigInt(floors[source] ?? 0) < BigInt(floor);
  });
}
