import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import type { ExternalQueryTarget } from '../../clickhouse/external-query.ts';
import type { RowTable } from '../rows/row-table.ts';
import type { ModelColumn, ModelTable } from '../store/model-table.ts';

/** A source table as the models see it: its replica in `raw`, its changes in `journal`, its rows in the row store. */
export interface SourceTable {
  /** `source.table`. */
  readonly name: string;
  readonly source: string;
  readonly replica: string;
  readonly columns: readonly ModelColumn[];
  readonly rows: RowTable;
}

/** A model kept by key. Its rows in the row store have one more field at the end: the batch they hold from. */
export interface KeptModel {
  readonly table: ModelTable;
  readonly rows: RowTable;
  /** Index of the column that holds the maintenance key. */
  readonly keyColumn: number;
}

/** Everything that a deployment of the models works on; models by the ids of their tables. */
export interface MaintainedTables {
  readonly sources: ReadonlyMap<string, SourceTable>;
  readonly models: ReadonlyMap<string, KeptModel>;
  readonly cubes: ReadonlyMap<string, ModelTable>;
  readonly statics: ReadonlyMap<string, ModelTable>;
}

/** Our writes carry such query ids, so that those of a process that is gone can be found and ended. */
export const QUERY_ID_PREFIX = 'millrace-models-';

export function newQueryId(): string {
  return `${QUERY_ID_PREFIX}${randomUUID()}`;
}

export interface Engine {
  readonly client: ClickHouseClient;
  readonly target: ExternalQueryTarget;
}

/** A row of a kept model without the field that says since when it holds. */
export function withoutFrom(row: string): string {
  return row.slice(0, row.lastIndexOf('\t'));
}

export function fromOf(row: string): string {
  return row.slice(row.lastIndexOf('\t') + 1);
}
