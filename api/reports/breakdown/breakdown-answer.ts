import { API_ERRORS } from '../../errors.ts';
import { arrayText, type JsonText, jsonText, numberToken, objectText } from '../../http/exact-json.ts';
import { ApiError } from '../../problems/problem.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { dayOf, firstDayOf, type Grain, periodOf, textOf } from '../calendar.ts';
import { unitsOf } from '../decimal.ts';
import type { ReportData } from '../report.ts';
import type { Breakdown } from './breakdown.ts';
import type { BreakdownValues } from './parameters.ts';

/** Rows as they are answered. Throws API_REPORT_TOO_LARGE. */
export function breakdownAnswer(options: {
  breakdown: Breakdown;
  values: BreakdownValues;
  rows: readonly TextRow[];
  maxRows: number;
}): ReportData {
  const { breakdown, values, rows, maxRows } = options;
  if (rows.length > maxRows) {
    throw new ApiError(API_ERRORS.reportTooLarge, `more than ${maxRows} rows`);
  }
  const total = totals(rows);
  return {
    text: arrayText(rows.map((row) => rowText(breakdown, values, row, (column) => total(row, column)))),
    rows: rows.length,
    parameters: { ...values },
    meta: {
      grain: values.grain,
      range: { from: values.from, to: values.to, bounds: 'both days included', time_zone: 'UTC' },
      partial_periods: partialPeriods(values),
    },
  };
}

function rowText(
  breakdown: Breakdown,
  values: BreakdownValues,
  row: TextRow,
  total: (column: string) => bigint,
): JsonText {
  const { grain, by, measures } = values;
  return objectText([
    ...(grain === null ? [] : [['period', periodText(grain, Number(row.period_number))] as const]),
    ...by.flatMap((name) =>
      (breakdown.dimensions[name]?.fields ?? []).map(({ name: field, kind }) => {
        const value = row[`key_${field}`] ?? '';
        return [field, kind === 'integer' ? numberToken(value) : jsonText(value)] as const;
      }),
    ),
    ...measures.flatMap((name) => {
      const measure = breakdown.measures[name];
      return measure === undefined ? [] : [[name, measure.text(row, total)] as const];
    }),
  ]);
}

function periodText(grain: Grain, period: number): JsonText {
  return jsonText(textOf(firstDayOf(grain, period)));
}

/** Sums of a column over the rows of one period, each computed once. */
function totals(rows: readonly TextRow[]): (row: TextRow, column: string) => bigint {
  const kept = new Map<string, bigint>();
  const periods = Map.groupBy(rows, (row) => row.period_number ?? '');
  return (row, column) => {
    const period = row.period_number ?? '';
    const key = `${period} ${column}`;
    const found = kept.get(key);
    if (found !== undefined) return found;
    const sum = (periods.get(period) ?? []).reduce((all, each) => all + unitsOf(each[column] ?? '0', 0), 0n);
    kept.set(key, sum);
    return sum;
  };
}

/** First days of the periods that the range cuts. */
function partialPeriods({ grain, from, to }: BreakdownValues): string[] {
  if (grain === null) return [];
  const [first, last] = [from === null ? null : dayOf(from), to === null ? null : dayOf(to)];
  const cut = [first, last].flatMap((day) => {
    if (day === null) return [];
    const period = periodOf(grain, day);
    const [start, end] = [firstDayOf(grain, period), firstDayOf(grain, period + 1) - 1];
    return (first !== null && start < first) || (last !== null && end > last) ? [textOf(start)] : [];
  });
  return [...new Set(cut)];
}
