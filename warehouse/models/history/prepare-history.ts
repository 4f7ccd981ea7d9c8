import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { readOwnAbortedBatches } from '../store/aborted-batches.ts';
import { type ModelColumn, structureOf } from '../store/model-table.ts';
import { OWN_COLUMNS } from './check-history.ts';
import { type ColumnStep, columnSteps, type StoredColumn, UNFILLED } from './column-steps.ts';
import { typesFor } from './column-types.ts';
import type { KeptHistory, PlacedHistory } from './placed-history.ts';

/**
 * Makes the table of a snapshot's versions, or makes the one that is there fit for the model's columns. Throws MR-MODEL-008
 * where that cannot be; the table is as it was then.
 */
export async function prepareHistory(
  client: ClickHouseClient,
  placed: PlacedHistory,
  modelColumns: readonly ModelColumn[],
): Promise<KeptHistory> {
  const { id, model } = placed;
  let stored = await storedColumns(client, id);
  if (stored.length === 0) {
    await client.command({ query: definitionOf(placed, modelColumns) });
  } else {
    await checkKey(client, { placed, stored, modelColumns });
    const steps = columnSteps({
      stored,
      wanted: modelColumns,
      key: model.uniqueKey,
      ...(await typesFor(client, stored, modelColumns)),
    });
    for (const step of steps)
      await client.command({ query: `alter table store.${quoteIdentifier(id)} ${ddlOf(step)}` });
  }
  stored = await storedColumns(client, id);
  return keptHistory({ placed, stored, modelColumns, failedBatches: await readOwnAbortedBatches(client, id) });
}

/** As it is in the store, which has been prepared before. */
function keptHistory(options: {
  placed: PlacedHistory;
  stored: readonly StoredColumn[];
  modelColumns: readonly ModelColumn[];
  failedBatches: string[];
}): KeptHistory {
  const { placed, stored, modelColumns, failedBatches } = options;
  const rank = new Map(modelColumns.map(({ name }, i) => [name, i]));
  const place = ({ name }: ModelColumn) => rank.get(name) ?? Number.POSITIVE_INFINITY;
  const columns = stored
    .toSorted((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0))
    .map(({ name, type }) => ({ name, type }));
  const unfilled = new Set(stored.filter(({ comment }) => comment === UNFILLED).map(({ name }) => name));
  return { placed, table: { model: placed.model, name: placed.id, columns }, unfilled, failedBatches };
}

/** The current versions have every column from here on. */
export async function markFilled(client: ClickHouseClient, history: KeptHistory): Promise<KeptHistory> {
  for (const name of history.unfilled) {
    const step = ddlOf({ kind: 'comment', name, comment: '' });
    await client.command({ query: `alter table store.${quoteIdentifier(history.placed.id)} ${step}` });
  }
  return { ...history, unfilled: new Set() };
}

/** Columns of the versions, without ours. */
async function storedColumns(client: ClickHouseClient, id: string): Promise<StoredColumn[]> {
  const result = await client.query({
    query: `
      select name, type, comment from system.columns
      where database = 'store' and table = {id:String} and name not in {own:Array(String)}
      order by position`,
    query_params: { id, own: OWN_COLUMNS.map(({ name }) => name) },
    format: 'JSONEachRow',
  });
  return result.json<StoredColumn>();
}

async function checkKey(
  client: ClickHouseClient,
  {
    placed,
    stored,
    modelColumns,
  }: { placed: PlacedHistory; stored: readonly StoredColumn[]; modelColumns: readonly ModelColumn[] },
): Promise<void> {
  const result = await client.query({
    query:
      "select name from system.columns where database = 'store' and table = {id:String} and is_in_primary_key and name != '_from'",
    query_params: { id: placed.id },
    format: 'JSONEachRow',
  });
  const key = (await result.json<{ name: string }>()).map(({ name }) => name).sort();
  const typeIn = (columns: readonly ModelColumn[], name: string) =>
    columns.find((column) => column.name === name)?.type ?? 'none';
  const text = (names: readonly string[], columns: readonly ModelColumn[]) =>
    names.map((name) => `${name} ${typeIn(columns, name)}`).join(', ');
  const had = text(key, stored);
  const has = text(placed.model.uniqueKey.toSorted(), modelColumns);
  if (had === has) return;
  throw new MillraceError(
    MODEL_ERRORS.historyKeyChanged,
    `snapshot ${placed.model.name}: its versions are of (${had}), rows of ${placed.relation} are of (${has})`,
  );
}

function definitionOf({ id, model }: PlacedHistory, columns: readonly ModelColumn[]): string {
  const key = model.uniqueKey.map(quoteIdentifier).join(', ');
  return `create table store.${quoteIdentifier(id)} (${structureOf([...columns, ...OWN_COLUMNS])})
    engine = ReplacingMergeTree(_version) order by (${key}, _from) ${TABLE_SETTINGS}
    comment ${quoteString(`versions of ${model.name}: not to be had again from the sources`)}`;
}

function ddlOf(step: ColumnStep): string {
  const name = quoteIdentifier(step.name);
  switch (step.kind) {
    case 'add':
      return `add column if not exists ${name} ${step.type} comment ${quoteString(UNFILLED)}`;
    case 'rename':
      return `rename column ${name} to ${quoteIdentifier(step.to)}`;
    case 'modify':
      return `modify column ${name} ${step.type}`;
    case 'comment':
      return `comment column ${name} ${quoteString(step.comment)}`;
  }
}
