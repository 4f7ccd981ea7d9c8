import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { IS_CURRENT } from '../project/snapshot-settings.ts';
import { qualifiedStoreTable } from '../store/model-table.ts';
import { createViewsOver, validityAt } from '../store/model-views.ts';
import type { KeptHistory } from './placed-history.ts';

/** The views of a snapshot, as those of any model: at a watermark, and at the published one. */
export function createHistoryViews(
  client: ClickHouseClient,
  history: KeptHistory,
  abortedBatches: readonly string[],
): Promise<void> {
  const { placed, table } = history;
  const columns = table.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const { begun, open } = validityAt('{watermark:UInt64}', [...abortedBatches, ...history.failedBatches]);
  // What ends a version later than at the watermark is not known at it.
  return createViewsOver(
    client,
    placed.model,
    `select ${columns}, _valid_from as ${quoteIdentifier(placed.validFrom)},
       if(${open}, null, _valid_to) as ${quoteIdentifier(placed.validTo)}, cast(${open}, 'Bool') as ${quoteIdentifier(IS_CURRENT)}
     from ${qualifiedStoreTable(table)} final
     where ${begun}`,
  );
}
