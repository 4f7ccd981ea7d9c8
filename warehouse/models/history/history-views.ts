import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { IS_CURRENT } from '../project/snapshot-settings.ts';
import { qualifiedStoreTable } from '../store/model-table.ts';
import { createViewsOver, hasModelViews, validityAt } from '../store/model-views.ts';
import { declareReadableNext, isReadable } from '../store/readable-states.ts';
import type { KeptHistory } from './placed-history.ts';

/**
 * The views of a snapshot, as those of any model: at a watermark, and at the published one. Where there were none, earlier watermarks
 * than the next one are refused: the snapshot takes over its model with that.
 */
export async function createHistoryViews(
  client: ClickHouseClient,
  history: KeptHistory,
  abortedBatches: readonly string[],
): Promise<void> {
  const { placed, table } = history;
  const columns = table.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const { begun, open } = validityAt('{watermark:UInt64}', [...abortedBatches, ...history.failedBatches]);
  if (!(await hasModelViews(client, placed.model.name))) await declareReadableNext(client, table.name);
  // What ends a version later than at the watermark is not known at it.
  await createViewsOver(
    client,
    placed.model,
    `select * from (
       select ${columns}, _valid_from as ${quoteIdentifier(placed.validFrom)},
         if(${open}, null, _valid_to) as ${quoteIdentifier(placed.validTo)}, cast(${open}, 'Bool') as ${quoteIdentifier(IS_CURRENT)}
       from ${qualifiedStoreTable(table)} final
       where ${begun}
     ) where ${isReadable(table.name)}`,
  );
}
