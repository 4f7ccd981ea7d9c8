import { insertText } from '../../clickhouse/external-query.ts';
import { linesText } from '../../clickhouse/lines.ts';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { type Engine, fromOf, type KeptModel, newQueryId, withoutFrom } from '../maintain/tables.ts';
import { OPEN_END, qualifiedStoreTable } from '../store/model-table.ts';
import { validityAt } from '../store/model-views.ts';

/** Keys in one question. */
const KEYS_PER_QUERY = 5_000;

/**
 * Makes what readers see of some keys what the row store has of them, whatever was done to the table: rows are written again
 * with the batch that they hold from, and those that ought not to be there are closed. Belongs behind the cascade of a batch;
 * harmless when done again.
 */
export async function rewriteKeys(options: {
  engine: Engine;
  model: KeptModel;
  keys: readonly string[];
  /** The last that was published. */
  watermark: string;
  batch: string;
  abortedBatches: readonly string[];
}): Promise<void> {
  const { engine, model, keys, batch } = options;
  const { rows, keyColumn } = model;
  for (let at = 0; at < keys.length; at += KEYS_PER_QUERY) {
    const some = keys.slice(at, at + KEYS_PER_QUERY);
    const kept = some.flatMap((key) => rows.find(keyColumn, key));
    const known = new Set(kept.map((row) => `${rows.keyOf(row)}\t${fromOf(row)}`));
    const lines = kept
      .filter((row) => fromOf(row) !== batch)
      .map((row) => `${withoutFrom(row)}\t${fromOf(row)}\t${OPEN_END}\t${batch}`);
    for (const row of await visibleRows(options, some)) {
      if (!known.has(`${rows.keyOf(row)}\t${fromOf(row)}`))
        lines.push(`${withoutFrom(row)}\t${fromOf(row)}\t${batch}\t${batch}`);
    }
    if (lines.length === 0) continue;
    await insertText(engine.target, {
      into: qualifiedStoreTable(model.table),
      lines: linesText(lines),
      queryId: newQueryId(),
    });
  }
}

/** As readers of the last watermark see them, with the batch that they hold from. */
async function visibleRows(
  { engine, model, watermark, abortedBatches }: Parameters<typeof rewriteKeys>[0],
  keys: readonly string[],
): Promise<string[]> {
  const columns = model.table.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const key = quoteIdentifier(model.table.columns[model.keyColumn]?.name as string);
  const { begun, open } = validityAt('{watermark:UInt64}', abortedBatches);
  const result = await engine.client.query({
    query: `
      select ${columns}, _from
      from ${qualifiedStoreTable(model.table)} final
      where ${begun} and ${open} and formatRowNoNewline('TabSeparated', ${key}) in {keys:Array(String)}`,
    query_params: { watermark, keys },
    format: 'TabSeparated',
  });
  return (await result.text()).split('\n').filter((line) => line !== '');
}
