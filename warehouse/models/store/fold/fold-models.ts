import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import type { Logger } from '../../../../runtime/logger.ts';
import type { PlacedTable } from '../../versions/placed-table.ts';
import { readAbortedBatches } from '../aborted-batches.ts';
import { readDeployment } from '../deployments.ts';
import { readFailedTables } from '../model-states.ts';
import type { ModelColumn, ModelTable } from '../model-table.ts';
import { declareHorizon, readFoldable } from '../readable-states.ts';
import { readLastWatermark, readWatermarkBefore } from '../watermarks.ts';
import { dropLeftoverFolds, foldCube } from './fold-cube.ts';
import { foldRows } from './fold-rows.ts';

/** A report that began within the horizon has this long to end. */
const REPORT_MS = 60_000;
/** So long after a state was declared to be unreadable nobody is in the middle of reading it. */
const DECLARED_MS = 60_000;

export interface FoldOptions {
  readonly client: ClickHouseClient;
  readonly horizonMs: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** See above; others in tests. */
  readonly reportMs?: number;
  readonly declaredMs?: number;
}

/**
 * Sums cubes up, and removes what no state within the horizon has. Says first which states cannot be read any more, and removes
 * what only they had some time after that. Tables that stopped are left as they are: what is seen of them is of the past. Works
 * from the warehouse alone, beside whoever keeps the models. Answers what was done, in words.
 */
export async function foldModels(options: FoldOptions): Promise<string> {
  const { client, horizonMs, logger, signal, reportMs = REPORT_MS, declaredMs = DECLARED_MS } = options;
  const published = await readLastWatermark(client);
  const deployment = await readDeployment(client);
  if (published === null || deployment === null) return 'nothing is published yet';
  const foldable = await readFoldable(client, declaredMs);
  await declareHorizon(client, await readWatermarkBefore(client, horizonMs + reportMs));
  await dropLeftoverFolds(client);
  const aborted = await readAbortedBatches(client);
  const stopped = await readFailedTables(client);
  let removed = 0;
  for (const { placed } of deployment.live) {
    signal.throwIfAborted();
    if (stopped.has(placed.id)) continue;
    const table = await openTable(client, placed);
    if (table === null) continue;
    try {
      if (placed.strategy === 'additive') {
        await foldCube({ client, cube: table, published: published.watermark, foldable, aborted });
      } else if (placed.strategy === 'by_key') {
        removed += await foldRows({ client, table, foldable, aborted, signal });
      }
    } catch (error) {
      if (!isTableGone(error)) throw error;
      logger.info({ table: placed.id }, 'not folded: another version has taken its place');
    }
  }
  return `states from ${foldable} on can be read; ${removed} rows removed`;
}

/** Null when it is gone. */
async function openTable(client: ClickHouseClient, { id, model }: PlacedTable): Promise<ModelTable | null> {
  const result = await client.query({
    query: `
      select name, type
      from system.columns
      where database = 'store' and table = {id:String} and name not in ('_from', '_to', '_version', '_batch', '_folded')
      order by position`,
    query_params: { id },
    format: 'JSONEachRow',
  });
  const columns = await result.json<ModelColumn>();
  return columns.length === 0 ? null : { model, name: id, columns };
}

/** UNKNOWN_TABLE, TABLE_IS_DROPPED. */
function isTableGone(error: unknown): boolean {
  return error instanceof ClickHouseError && ['60', '218'].includes(error.code);
}
