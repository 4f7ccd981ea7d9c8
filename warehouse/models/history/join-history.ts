import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { atView } from '../../published/published.ts';
import { newQueryId } from '../maintain/tables.ts';
import { type ModelColumn, OPEN_END, qualifiedStoreTable } from '../store/model-table.ts';
import { validityAt } from '../store/model-views.ts';
import { insertInto, momentLiteral, namesOf, periodOf, type VersionsBatch, valuesOf } from './add-versions.ts';
import { BEGINNING } from './moment.ts';
import type { KeptHistory } from './placed-history.ts';

/**
 * Has a history take over the rows that its model shows at the published watermark: where it begins, and where the model
 * was built anew. Rows that differ from the current versions get a new one, and no others. Of what the model has got
 * since, the current versions take the value: that the column was not there is no change of the row.
 */
export async function joinHistory(
  options: VersionsBatch & {
    client: ClickHouseClient;
    history: KeptHistory;
    modelColumns: readonly ModelColumn[];
    /** The published watermark; nothing of the model changes in the batch. */
    watermark: string;
  },
): Promise<void> {
  const { client, history, modelColumns, batch, watermark, abortedBatches } = options;
  const { placed, table, unfilled } = history;
  const has = new Set(modelColumns.map(({ name }) => name));
  const compared = table.columns.filter(
    ({ name }) => has.has(name) && !unfilled.has(name) && (placed.checked?.includes(name) ?? true),
  );
  const filled = table.columns.filter(({ name }) => unfilled.has(name));
  const key = placed.model.uniqueKey.map(quoteIdentifier).join(', ');
  const { begun, open } = validityAt(watermark, [...abortedBatches, ...history.failedBatches]);
  const versions = `${qualifiedStoreTable(table)} final where ${begun}`;
  const kept = `(select ${namesOf(table.columns)}, _valid_from, _from from ${versions} and ${open})`;
  const rows = `(select ${valuesOf(table.columns, modelColumns)} from ${atView(placed.relation)}(watermark = ${watermark}))`;
  const same = `${key}, ${hashOf(compared)}`;
  const moment = momentLiteral(options.moment);
  const since = `if((select count() from ${versions}) = 0, ${momentLiteral(BEGINNING)}, ${moment})`;
  const parts = [
    `select ${namesOf(table.columns)}, ${periodOf({ validFrom: '_valid_from', validTo: moment, from: '_from', to: batch, batch })}
     from ${kept}
     where (${same}) not in (select ${same} from ${rows})`,
    `select ${namesOf(table.columns)}, ${periodOf({ validFrom: since, validTo: 'null', from: batch, to: OPEN_END, batch })}
     from ${rows}
     where (${same}) not in (select ${same} from ${kept})`,
  ];
  if (filled.length > 0) {
    const taken = table.columns
      .map(({ name }) => `${unfilled.has(name) ? 'r' : 'k'}.${quoteIdentifier(name)}`)
      .join(', ');
    parts.push(`
      select ${taken}, ${periodOf({ validFrom: 'k._valid_from', validTo: 'null', from: 'k._from', to: OPEN_END, batch })}
      from (select *, ${hashOf(compared)} as _same, ${hashOf(filled)} as _filled from ${kept}) as k
      inner join (select *, ${hashOf(compared)} as _same, ${hashOf(filled)} as _filled from ${rows}) as r
        using (${key}, _same)
      where k._filled != r._filled`);
  }
  await client.command({ query: insertInto(history, parts), query_id: newQueryId() });
}

/** The same for the same values, NULL among them. */
function hashOf(columns: readonly ModelColumn[]): string {
  return columns.length === 0 ? '0' : `sipHash128(formatRow('RowBinary', ${namesOf(columns)}))`;
}
