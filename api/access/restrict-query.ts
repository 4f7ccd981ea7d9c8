import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import { UNKNOWN } from '../reports/unknown.ts';
import type { RowFilters } from './caller.ts';
import { readRelations } from './read-relations.ts';

/**
 * What is read unfiltered where it has no column of the filter's name: attributes of what is sold, of days, of warehouses and of money,
 * which are the same for everybody. No model with a row for a person, an order or anything that happened may be among them.
 */
export const SHARED_MODELS = new Set([
  'product_dimension',
  'category_dimension',
  'warehouse_dimension',
  'template_dimension',
  'role_dimension',
  'time_dimension',
  'exchange_rate_day',
  'reporting_currency',
]);

/** Tables that say what there is, and nothing of its rows. */
const SHARED_TABLES = new Set(['millrace.watermarks', 'millrace.cubes', 'millrace.served_views']);

export interface RestrictedQuery {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * The query as it may be run for those who see the rows of the filters alone: each model in it gives these and no others. Throws
 * API_ROWS_RESTRICTED where a model cannot be filtered, or where it is not clear what is read.
 */
export function restrictQuery(options: {
  sql: string;
  filters: RowFilters;
  /** Of a model; none where it is not known. */
  columnsOf: (model: string) => ReadonlySet<string>;
  /** What is read of `millrace` is for operations, beyond what everybody needs. */
  isOperator: boolean;
}): RestrictedQuery {
  const { sql, filters, columnsOf, isOperator } = options;
  const { relations, others, unclear } = readRelations(sql);
  if (unclear !== null) throw refused('this answer is made in a way that cannot be limited to some rows');
  for (const table of others) {
    if (!SHARED_TABLES.has(table) && !(isOperator && table.startsWith('millrace.'))) {
      throw refused(`this answer needs ${table}, which has no such rows`);
    }
  }
  const columns = Object.keys(filters);
  const parameters = Object.fromEntries(columns.map((column, i) => [`row_filter_${i}`, filters[column]]));
  let restricted = '';
  let done = 0;
  for (const { model, from, to } of relations) {
    const known = columnsOf(model);
    const conditions = columns.flatMap((column, i) => {
      if (known.has(column)) return conditionOf(column, `row_filter_${i}`);
      if (SHARED_MODELS.has(model) && known.size > 0) return [];
      throw refused(`${model} has no column ${column}, by which your rows are told from others`);
    });
    const relation = sql.slice(from, to);
    const filtered = `(select * from ${relation} as _rows where ${conditions.join(' and ')})`;
    restricted += sql.slice(done, from) + (conditions.length === 0 ? relation : filtered);
    done = to;
  }
  return { sql: restricted + sql.slice(done), parameters };
}

/** Compared as answers show it: what is missing has a name that a filter can give. */
function conditionOf(column: string, parameter: string): string[] {
  const value = `ifNull(nullIf(toString(_rows.${quoteIdentifier(column)}), ''), '${UNKNOWN}')`;
  return [`has({${parameter}:Array(String)}, ${value})`];
}

function refused(detail: string): ApiError {
  return new ApiError(API_ERRORS.rowsRestricted, detail);
}
