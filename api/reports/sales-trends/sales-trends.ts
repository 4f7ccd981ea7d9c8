import { API_ERRORS } from '../../errors.ts';
import { arrayText, type JsonText, numberToken, objectText } from '../../http/exact-json.ts';
import { ApiError } from '../../problems/problem.ts';
import { type DayRange, dayOf, firstDayOf, type Grain, periodOf, textOf } from '../calendar.ts';
import { type Measure, measureMembers, measuresText } from '../measures.ts';
import type { ReportData, ReportQuestion } from '../report.ts';
import { DIMENSION_SQL, type DimensionField, NO_DIMENSION } from './dimension.ts';
import { type Cells, cellsOf, fillGrid, type GridRow } from './grid.ts';
import type { SALES_TRENDS_PARAMETERS, SalesTrendsValues } from './parameters.ts';
import { boundsQuery, cubeQuery, distinctQuery, type Selection, type Sources, sourcesOf } from './queries.ts';

type Question = ReportQuestion<typeof SALES_TRENDS_PARAMETERS>;

/** Computes the report; throws API_REPORT_TOO_LARGE. */
export async function computeSalesTrends(question: Question): Promise<ReportData> {
  const { values, watermark, settings } = question;
  const { grain, measures } = values;
  const range = await resolveRange(question);
  if (range === null) return { text: '[]', rows: 0, ...describe(values, null) };
  const first = periodOf(grain, range.from);
  const last = periodOf(grain, range.to);
  refuseBeyond(settings.maxRows, last - first + 1);
  const selection: Selection = {
    watermark,
    grain,
    dimension: values.by === null ? NO_DIMENSION : DIMENSION_SQL[values.by],
    products: values.product_id,
    categories: values.category,
    regions: values.region,
    channels: values.channel,
    maxCells: 2 * settings.maxRows + 2, // the periods, and the one before them
  };
  const { fields } = selection.dimension;
  const sources = sourcesOf(measures, selection, values.by === 'product');
  const read = (days: DayRange) => readCells(question, selection, sources, days);
  const before: DayRange = { from: firstDayOf(grain, first - 1), to: firstDayOf(grain, last) - 1 };
  let cells: Cells;
  let earlier: Cells;
  if (firstDayOf(grain, first) === range.from) {
    cells = await read({ from: before.from, to: range.to });
    earlier = cells;
  } else {
    // The first period is cut: as itself it counts from `from` on, as the previous period of the next one in full.
    [cells, earlier] = await Promise.all([read(range), read(before)]);
  }
  const grid = fillGrid({ first, last, fields, cells, before: earlier });
  refuseBeyond(settings.maxRows, grid.rows);
  const rows = Array.from(grid.iterate(), (row) => rowText(row, grain, fields, measures));
  return { text: arrayText(rows), rows: rows.length, ...describe(values, range) };
}

async function resolveRange({ values, watermark, reader }: Question): Promise<DayRange | null> {
  let from = values.from === null ? null : dayOf(values.from);
  let to = values.to === null ? null : dayOf(values.to);
  if (from === null || to === null) {
    const [bounds] = await reader.rows(boundsQuery(watermark));
    const empty = bounds === undefined || bounds.days === '0';
    const first = empty ? null : dayOf(bounds.first ?? '');
    const last = empty ? null : dayOf(bounds.last ?? '');
    from ??= first === null ? to : Math.min(first, to ?? first);
    to ??= last === null ? from : Math.max(last, from ?? last);
  }
  return from === null || to === null ? null : { from, to };
}

async function readCells(
  { reader, settings }: Question,
  selection: Selection,
  sources: Sources,
  range: DayRange,
): Promise<Cells> {
  const queries = [cubeQuery(selection, sources, range)];
  if (sources.ordersFromFacts || sources.customers) queries.push(distinctQuery(selection, sources, range));
  const results = await Promise.all(queries.map((query) => reader.rows(query)));
  for (const rows of results) if (rows.length >= selection.maxCells) refuseBeyond(settings.maxRows, rows.length);
  return cellsOf(selection.dimension.fields, results);
}

function refuseBeyond(maxRows: number, rows: number): void {
  if (rows <= maxRows) return;
  throw new ApiError(API_ERRORS.reportTooLarge, `at least ${rows} rows; the limit is ${maxRows}`);
}

function rowText(
  row: GridRow,
  grain: Grain,
  fields: readonly DimensionField[],
  measures: readonly Measure[],
): JsonText {
  return objectText([
    ['period', `"${textOf(firstDayOf(grain, row.period))}"`],
    ...fields.map(({ name, kind }, index): [string, JsonText] => {
      const text = row.member[index] ?? '';
      return [name, kind === 'integer' ? numberToken(text) : JSON.stringify(text)];
    }),
    ...measureMembers(measures, row.measures),
    ['previous', measuresText(measures, row.previous)],
  ]);
}

function describe(values: SalesTrendsValues, range: DayRange | null): Pick<ReportData, 'parameters' | 'meta'> {
  const { grain } = values;
  const from = range === null ? null : textOf(range.from);
  const to = range === null ? null : textOf(range.to);
  return {
    parameters: { ...values, from, to },
    meta: {
      grain,
      range: { from, to, bounds: 'both days included', time_zone: 'UTC' },
      partial_periods: range === null ? [] : partialPeriods(grain, range),
    },
  };
}

/** Periods that the range holds only a part of. */
function partialPeriods(grain: Grain, range: DayRange): string[] {
  const partial = [periodOf(grain, range.from), periodOf(grain, range.to)].filter(
    (period) => firstDayOf(grain, period) < range.from || firstDayOf(grain, period + 1) - 1 > range.to,
  );
  return [...new Set(partial)].map((period) => textOf(firstDayOf(grain, period)));
}
