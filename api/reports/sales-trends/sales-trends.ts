import { arrayText, NumberText } from '../../http/exact-json.ts';
import { type DayRange, textOf } from '../calendar.ts';
import { unitsOf } from '../decimal.ts';
import type { ReportData, ReportQuestion } from '../report.ts';
import { reportingCurrencyQuery } from '../reporting-currency.ts';
import { RULE, THRESHOLD } from './anomaly.ts';
import { axisOf, seasonLengthOf } from './axis-of.ts';
import { DIMENSION_SQL, type Dimension } from './dimension.ts';
import { forecastMeta } from './forecast-meta.ts';
import { type compareMembers, memberKey } from './level.ts';
import { type Raw, rawNeeded, showsConverted } from './measures.ts';
import type { SALES_TRENDS_PARAMETERS, SalesTrendsValues } from './parameters.ts';
import type { PeriodAxis } from './period-axis.ts';
import { rangeOf } from './range.ts';
import { createLevelReader, type LevelReader, refuseBeyond, type Top } from './read-levels.ts';
import { rowText } from './row-text.ts';
import { type Counting, type ReadLevel, rowsOf } from './rows.ts';
import { runningSums } from './running-sums.ts';
import { selectionOf } from './selection.ts';
import { shown } from './shown.ts';
import { piecesOf, type Window } from './windows.ts';

type Question = ReportQuestion<typeof SALES_TRENDS_PARAMETERS>;

const HOURS_A_DAY = 24;
const RUNNING = ['year_to_date', 'moving_average'] as const;

/** Computes the report; throws API_REPORT_TOO_LARGE. */
export async function computeSalesTrends(question: Question): Promise<ReportData> {
  const { values, watermark, reader, settings, cells, keyedRows } = question;
  const range = await rangeOf(values, watermark, reader);
  if (range === null) {
    const currency = await currencyOf(question);
    return { text: '[]', rows: 0, ...describe(values, { range, axis: null, currency, more: {} }) };
  }
  if (values.grain === 'hour') refuseBeyond(settings.maxRows, (range.to - range.from) * HOURS_A_DAY);
  const axis = axisOf(values, range, question.published.publishedAt);
  refuseBeyond(settings.maxRows, axis.periods.length);

  const selection = selectionOf(values, watermark, 2 * settings.maxRows + 2); // the periods, and what they are compared with
  const dimensions = values.by.map((name) => DIMENSION_SQL[name]);
  const readerOf = (top: Top | null) =>
    createLevelReader({ reader, selection, maxRows: settings.maxRows, top, cells, keyedRows });
  const whole: Window = {
    from: axis.periods[0]?.window.from as number,
    to: axis.periods.at(-1)?.window.to as number,
  };
  const top = await topOf(values, dimensions, readerOf(null), whole);
  const counting: Counting = { values, dimensions, axis, seasonLength: seasonLengthOf(values) };
  const [levels, totals, currency] = await Promise.all([
    readLevels(counting, readerOf(top)),
    values.subtotals ? totalsOf(values, readerOf(null), whole) : null,
    currencyOf(question),
  ]);

  const { rows, outlooks } = await rowsOf({
    counting,
    levels,
    order: orderOf(dimensions, top),
    maxRows: settings.maxRows,
  });
  const texts = rows.map((row) => rowText(row, dimensions, values.subtotals));
  const more = {
    ...(showsConverted(values) && { unconverted_lines: unconvertedOf(levels, axis) }),
    ...(totals !== null && { totals }),
    ...(values.forecast !== null && { forecast: forecastMeta(values, dimensions, outlooks) }),
    ...(values.anomalies && { anomalies: { of: values.of, rule: RULE, threshold: THRESHOLD } }),
  };
  return { text: arrayText(texts), rows: texts.length, ...describe(values, { range, axis, currency, more }) };
}

interface Currency {
  /** What amounts are in; null where no model says what the reporting currency is. */
  readonly code: string | null;
}

async function currencyOf({ values, watermark, reader }: Question): Promise<Currency> {
  if (values.currency !== null) return { code: values.currency };
  const [row] = await reader.kept(reportingCurrencyQuery(watermark));
  return { code: row?.currency ?? null };
}

async function topOf(
  values: SalesTrendsValues,
  dimensions: readonly Dimension[],
  levels: LevelReader,
  whole: Window,
): Promise<Top | null> {
  const dimension = dimensions.find(({ name }) => name === values.top_of) ?? dimensions[0];
  if (values.top === null || dimension === undefined) return null;
  return { dimension, keys: await levels.highest(dimension, values.top_by, values.top, whole) };
}

/** The rows' own level, those of subtotals, and the period's total where shares are of it. */
async function readLevels({ values, dimensions, axis }: Counting, levels: LevelReader): Promise<ReadLevel[]> {
  const { measures, of } = values;
  const raw = new Set<Raw>(rawNeeded(measures, of));
  if (values.forecast !== null || values.anomalies) raw.add(of);
  // Of a member that only has running sums something must say that it occurs.
  if (raw.size === 0) raw.add(of);
  if (showsConverted(values)) raw.add('unconverted_lines');
  const depths = new Set([dimensions.length]);
  if (values.subtotals) for (let depth = 0; depth < dimensions.length; depth++) depths.add(depth);
  const isShared = measures.includes('contribution');
  const windows = axis.periods.flatMap(({ window, previous }) => [
    window,
    ...(previous === null ? [] : [previous.window]),
  ]);
  const spans = RUNNING.some((name) => measures.includes(name))
    ? axis.periods.flatMap((period) =>
        [period, ...(period.previous === null ? [] : [period.previous])].flatMap(({ window, yearFrom, earlier }) => [
          ...(measures.includes('year_to_date') ? [{ from: yearFrom, to: window.to }] : []),
          ...(measures.includes('moving_average') ? [earlier, window] : []),
        ]),
      )
    : [];
  const pieces = piecesOf(spans);
  const read = async (depth: number, wanted: readonly Raw[]): Promise<ReadLevel> => {
    const by = dimensions.slice(0, depth);
    const [cells, running] = await Promise.all([
      levels.level(by, wanted, windows),
      pieces.length === 0 ? null : levels.level(by, [of], pieces),
    ]);
    return { cells, running: running === null ? null : runningSums(running, pieces, of), isShown: depths.has(depth) };
  };
  const found = [...depths].map((depth) => read(depth, [...raw]));
  if (isShared && !depths.has(0)) found.push(read(0, [of]));
  return Promise.all(found);
}

/** The whole range as one: distinct orders and customers are counted. */
async function totalsOf(
  values: SalesTrendsValues,
  levels: LevelReader,
  whole: Window,
): Promise<Record<string, NumberText | null>> {
  const measures = values.measures.filter((name) => !['contribution', ...RUNNING].includes(name));
  const level = await levels.level([], rawNeeded(measures, values.of), [whole]);
  const cell = level.cellOf(whole, memberKey([]));
  const counted = { cell, total: cell, yearToDate: 0n, ofMovingPeriods: 0n };
  const how = { of: values.of, movingPeriods: values.moving_periods };
  return Object.fromEntries(
    measures.map((name) => {
      const text = shown(name, counted, how);
      return [name, text === null ? null : new NumberText(text)];
    }),
  );
}

function orderOf(dimensions: readonly Dimension[], top: Top | null): Parameters<typeof compareMembers>[2] {
  return dimensions.map(({ name }) => ({
    isNumber: name === 'product',
    ranks: top?.dimension.name === name ? new Map(top.keys.map((key, rank) => [key, rank])) : null,
  }));
}

/** Items of the range that have no reporting amount. */
function unconvertedOf(levels: readonly ReadLevel[], axis: PeriodAxis): bigint {
  const cells = (levels[0] as ReadLevel).cells;
  let lines = 0n;
  for (const { window } of axis.periods) {
    for (const member of cells.within(window))
      lines += unitsOf(cells.cellOf(window, member)?.unconverted_lines ?? '0', 0);
  }
  return lines;
}

function describe(
  values: SalesTrendsValues,
  found: { range: DayRange | null; axis: PeriodAxis | null; currency: Currency; more: object },
): Pick<ReportData, 'parameters' | 'meta'> {
  const { range, axis, currency, more } = found;
  const from = range === null ? null : textOf(range.from);
  const to = range === null ? null : textOf(range.to);
  return {
    parameters: { ...values, by: values.by.length === 0 ? null : values.by.join(','), from, to },
    meta: {
      grain: values.grain,
      range: { from, to, bounds: 'both days included', time_zone: values.time_zone },
      partial_periods: axis?.periods.filter(({ isPartial }) => isPartial).map(({ label }) => label) ?? [],
      currency: currency.code,
      ...more,
    },
  };
}
