import type { ReaderQuery, TextRow } from '../../warehouse-reader.ts';
import { FIRST_DAY, LAST_DAY, periodSql } from '../calendar.ts';
import { type Breakdown, type BreakdownFilter, columnsOf, sourceOf } from './breakdown.ts';
import type { BreakdownValues } from './parameters.ts';

export interface BreakdownQuestion {
  readonly breakdown: Breakdown;
  readonly values: BreakdownValues;
  readonly filters: readonly BreakdownFilter[];
  /** Values of the filters. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly watermark: string;
  readonly maxRows: number;
}

/** A row for each period and combination that occurs, in their order; without either one row. */
export function breakdownQuery(question: BreakdownQuestion): ReaderQuery {
  const { breakdown, values, filters, parameters, watermark, maxRows } = question;
  const source = sourceOf(breakdown, { ...values, filters });
  const dimensions = values.by.flatMap((name) => breakdown.dimensions[name] ?? []);
  const date = `f.${breakdown.date}`;
  const keys = [...(values.grain === null ? [] : [periodSql(values.grain, date)]), ...dimensions.map(({ key }) => key)];
  const columns = [
    ...(values.grain === null ? [] : [`toString(${periodSql(values.grain, date)}) as period_number`]),
    ...dimensions.flatMap(({ fields }) => fields.map(({ name, sql }) => `${sql} as key_${name}`)),
    ...columnsOf(breakdown, values.measures).map((name) => {
      const column = breakdown.columns[name];
      return `${source === 'cube' ? column?.cube : column?.facts} as ${name}`;
    }),
  ];
  const conditions = [`${date} between {from:Date32} and {to:Date32}`, ...filters.map(({ sql }) => sql)];
  const occurs = source === 'cube' ? breakdown.occursInCube : undefined;
  return {
    name: `${breakdown.name}_${source}`,
    sql: `
      select ${columns.join(',\n        ')}
      from ${breakdown.relation[source]} as f
      ${dimensions.flatMap(({ join }) => join ?? []).join('\n      ')}
      where ${conditions.join('\n        and ')}
      ${keys.length === 0 ? '' : `group by ${keys.join(', ')}`}
      ${keys.length === 0 || occurs === undefined ? '' : `having ${occurs}`}
      ${keys.length === 0 ? '' : `order by ${keys.join(', ')}`}
      limit {max_rows:UInt64}`,
    parameters: {
      ...parameters,
      watermark,
      from: values.from ?? FIRST_DAY,
      to: values.to ?? LAST_DAY,
      max_rows: maxRows,
    },
  };
}

/** Tells a row of a breakdown from the others of the same. */
export function rowKey(breakdown: Breakdown, values: BreakdownValues, row: TextRow): string {
  const names = values.by.flatMap(
    (name) => breakdown.dimensions[name]?.fields.map((field) => `key_${field.name}`) ?? [],
  );
  return JSON.stringify([row.period_number ?? null, ...names.map((name) => row[name])]);
}
