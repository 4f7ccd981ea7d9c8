import { queryWithTables } from '../../clickhouse/external-query.ts';
import { linesText } from '../../clickhouse/lines.ts';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import type { ModelChanges } from '../maintain/by-key.ts';
import { type Engine, newQueryId } from '../maintain/tables.ts';
import { type ModelColumn, OPEN_END, qualifiedStoreTable, structureOf } from '../store/model-table.ts';
import { validityAt } from '../store/model-views.ts';
import { changedVersions } from './changed-versions.ts';
import { MOMENT_TYPE } from './moment.ts';
import type { KeptHistory } from './placed-history.ts';

/** What the versions of one batch have in common. */
export interface VersionsBatch {
  readonly batch: string;
  /** When its versions begin, and those that they follow end. */
  readonly moment: string;
  /** Batches that were given up. */
  readonly abortedBatches: readonly string[];
}

/**
 * Ends the versions of rows that changed and begins those that they have now. A version that ends is written again with
 * its end, as rows of by-key tables are: what an earlier watermark shows stays, a batch that is given up ends nothing.
 * Done twice, it writes the same.
 */
export async function addVersions(
  options: VersionsBatch & {
    engine: Engine;
    history: KeptHistory;
    /** Columns of the rows. */
    modelColumns: readonly ModelColumn[];
    changes: ModelChanges;
  },
): Promise<void> {
  const { engine, history, modelColumns, changes, batch } = options;
  const { placed, table } = history;
  const indexesOf = (names: readonly string[]) =>
    names.map((name) => modelColumns.findIndex((column) => column.name === name));
  const { uniqueKey } = placed.model;
  const checked = placed.checked ?? modelColumns.map(({ name }) => name);
  const { ended, begun } = changedVersions({ changes, key: indexesOf(uniqueKey), checked: indexesOf(checked) });
  if (ended.length === 0 && begun.length === 0) return;

  const key = uniqueKey.map(quoteIdentifier).join(', ');
  const keyColumns = indexesOf(uniqueKey).map((i) => modelColumns[i] as ModelColumn);
  const { begun: hasBegun, open } = validityAt((BigInt(batch) - 1n).toString(), [
    ...options.abortedBatches,
    ...history.failedBatches,
  ]);
  const moment = momentLiteral(options.moment);
  const parts: string[] = [];
  if (ended.length > 0) {
    parts.push(`
      select ${namesOf(table.columns)}, ${periodOf({ validFrom: '_valid_from', validTo: moment, from: '_from', to: batch, batch })}
      from ${qualifiedStoreTable(table)} final
      where (${key}) in (select ${key} from ended_versions) and ${hasBegun} and ${open}`);
  }
  if (begun.length > 0) {
    parts.push(`
      select ${valuesOf(table.columns, modelColumns)}, ${periodOf({ validFrom: moment, validTo: 'null', from: batch, to: OPEN_END, batch })}
      from begun_versions`);
  }
  await queryWithTables(engine.target, {
    query: insertInto(history, parts),
    tables: [
      { name: 'ended_versions', structure: structureOf(keyColumns), lines: linesText(ended) },
      { name: 'begun_versions', structure: structureOf(modelColumns), lines: linesText(begun) },
    ],
    queryId: newQueryId(),
  });
}

/** Rows of all parts: columns of the versions, then what `periodOf` gives. */
export function insertInto({ table }: KeptHistory, parts: readonly string[]): string {
  return `insert into ${qualifiedStoreTable(table)} (${namesOf(table.columns)}, _valid_from, _valid_to, _from, _to, _version)
    ${parts.join('\nunion all\n')}`;
}

/** Our columns of a version. None has the name that it gets: in a condition it would stand for the column. */
export function periodOf(is: { validFrom: string; validTo: string; from: string; to: string; batch: string }): string {
  return `${is.validFrom} as _new_valid_from, cast(${is.validTo}, ${quoteString(`Nullable(${MOMENT_TYPE})`)}) as _new_valid_to,
    toUInt64(${is.from}) as _new_from, toUInt64(${is.to}) as _new_to, toUInt64(${is.batch}) as _new_version`;
}

export function namesOf(columns: readonly ModelColumn[]): string {
  return columns.map(({ name }) => quoteIdentifier(name)).join(', ');
}

/** A row of the model as a version; what the model does not have any more is NULL, or empty where it cannot be. */
export function valuesOf(columns: readonly ModelColumn[], modelColumns: readonly ModelColumn[]): string {
  const has = new Set(modelColumns.map(({ name }) => name));
  return columns
    .map(({ name, type }) => {
      const value = has.has(name)
        ? `cast(${quoteIdentifier(name)}, ${quoteString(type)})`
        : `defaultValueOfTypeName(${quoteString(type)})`;
      return `${value} as ${quoteIdentifier(name)}`;
    })
    .join(', ');
}

export function momentLiteral(moment: string): string {
  return `toDateTime64(${quoteString(moment)}, 6, 'UTC')`;
}
