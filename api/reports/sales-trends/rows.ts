import { setImmediate as nextTurn } from 'node:timers/promises';
import { textOf as dayText } from '../calendar.ts';
import type { Anomaly } from './anomaly.ts';
import type { Dimension } from './dimension.ts';
import { compareMembers, type Level, type Member, memberKey } from './level.ts';
import type { TrendMeasure } from './measures.ts';
import { anomaliesWithin, type Outlook, observedOf, outlookOf, refuseSeriesBeyond } from './outlook.ts';
import type { SalesTrendsValues } from './parameters.ts';
import type { PeriodAxis, Stretch } from './period-axis.ts';
import { refuseBeyond } from './read-levels.ts';
import type { TrendRow, Values } from './row-text.ts';
import type { RunningSums } from './running-sums.ts';
import { changeOf, shown, textOf } from './shown.ts';
import { createZoneClock } from './zone-clock.ts';

/** What is counted, and how. */
export interface Counting {
  readonly values: SalesTrendsValues;
  readonly dimensions: readonly Dimension[];
  readonly axis: PeriodAxis;
  /** Periods of a season. */
  readonly seasonLength: number;
}

export interface ReadLevel {
  readonly cells: Level;
  readonly running: RunningSums | null;
  /** It has rows, rather than being what shares are of. */
  readonly isShown: boolean;
}

/** A series of rows: a member of a level. */
interface Series {
  readonly key: string;
  readonly member: Member;
  readonly level: ReadLevel;
  readonly outlook: Outlook | null;
  readonly anomalies: readonly (Anomaly | null)[] | null;
}

/**
 * Every period of the range for every member that occurs in it (with a comparison: or in what it is compared with), in order of
 * period and member, then what is forecast behind it. What did not happen is zero; without a dimension there is one member,
 * which always occurs.
 */
export async function rowsOf(options: {
  counting: Counting;
  levels: readonly ReadLevel[];
  order: Parameters<typeof compareMembers>[2];
  maxRows: number;
}): Promise<{
  readonly rows: TrendRow[];
  readonly outlooks: { readonly member: Member; readonly outlook: Outlook }[];
}> {
  const { counting, levels, order, maxRows } = options;
  const { values, axis } = counting;
  const { periods } = axis;
  const observed = observedOf(periods);
  const behind = values.forecast === null ? 0 : Math.max(0, values.forecast - (periods.length - observed.to));
  const occurring = levels.filter(({ isShown }) => isShown).flatMap((level) => membersOf(level, counting));
  occurring.sort((left, right) => compareMembers(left.member, right.member, order));
  refuseBeyond(maxRows, (periods.length + behind) * occurring.length);
  if (values.forecast !== null) refuseSeriesBeyond(occurring.length);

  const isAsked = values.forecast !== null || values.anomalies;
  const all: Series[] = [];
  for (const { key, member, level } of occurring) {
    // A series takes up to 30 ms; others are answered in between.
    if (isAsked) await nextTurn();
    const history = isAsked
      ? periods.map(({ window }) => Number(textOf(level.cells.cellOf(window, key), values.of)))
      : [];
    const { seasonLength } = counting;
    const { of, forecast: ahead } = values;
    all.push({
      key,
      member,
      level,
      outlook: ahead === null ? null : outlookOf({ values: history, observed, ahead, seasonLength, of }),
      anomalies: values.anomalies ? anomaliesWithin(history, observed, seasonLength) : null,
    });
  }

  const totals = levels.find(({ cells }) => cells.dimensions.length === 0) ?? null;
  const valuesOf = counter(counting, totals);
  const pointText = pointTexts(values);
  const rows: TrendRow[] = [];
  for (const [index, period] of periods.entries()) {
    for (const { key, member, level, outlook, anomalies } of all) {
      const now = valuesOf(period, level, key);
      const previous = valuesOf(period.previous, level, key);
      rows.push({
        period: period.label,
        member,
        values: now,
        previous,
        ...(values.compare !== null && {
          compared: {
            from: pointText(period.previous?.window.from),
            to: pointText(period.previous?.window.to),
            ...changes(now, previous, values),
          },
        }),
        ...(outlook !== null && { forecast: outlook.expectation(index) }),
        ...(anomalies !== null && { anomaly: anomalies[index] ?? null }),
      });
    }
  }
  const nothing: Values = values.measures.map((measure) => [measure, null]);
  for (const [index, period] of axis.following(behind).entries()) {
    for (const { member, outlook } of all) {
      rows.push({
        period,
        member,
        values: nothing,
        previous: nothing,
        ...(values.compare !== null && { compared: { from: null, to: null, change: nothing, ratio: nothing } }),
        forecast: outlook?.expectation(periods.length + index) ?? null,
        ...(values.anomalies && { anomaly: null }),
      });
    }
  }
  return { rows, outlooks: all.flatMap(({ member, outlook }) => (outlook === null ? [] : [{ member, outlook }])) };
}

function membersOf(level: ReadLevel, { values, axis }: Counting) {
  const { cells } = level;
  if (cells.dimensions.length === 0) return [{ key: memberKey([]), member: ALL, level }];
  const keys = new Set<string>();
  for (const { window, previous } of axis.periods) {
    for (const key of cells.within(window)) keys.add(key);
    if (values.compare !== null && previous !== null) for (const key of cells.within(previous.window)) keys.add(key);
  }
  return [...keys].map((key) => ({ key, member: cells.members.get(key) ?? ALL, level }));
}

const ALL: Member = { keys: [], sku: null, product: null };

/** The measures of a stretch for a member; all null where there is no such stretch. */
function counter({ values }: Counting, totals: ReadLevel | null) {
  const how = { of: values.of, movingPeriods: values.moving_periods };
  const all = memberKey([]);
  return (stretch: Stretch | null, { cells, running }: ReadLevel, key: string): Values => {
    if (stretch === null) return values.measures.map((measure: TrendMeasure) => [measure, null]);
    const { window, yearFrom, earlier } = stretch;
    const counted = {
      cell: cells.cellOf(window, key),
      total: totals?.cells.cellOf(window, all),
      yearToDate: running === null ? 0n : running.sumOf({ from: yearFrom, to: window.to }, key),
      ofMovingPeriods: running === null ? 0n : running.sumOf(earlier, key) + running.sumOf(window, key),
    };
    return values.measures.map((measure) => [measure, shown(measure, counted, how)]);
  };
}

function changes(now: Values, previous: Values, { of }: SalesTrendsValues): { change: Values; ratio: Values } {
  const found = now.map(([measure, value], index) => changeOf(measure, value, previous[index]?.[1] ?? null, of));
  return {
    change: now.map(([measure], index) => [measure, found[index]?.difference ?? null]),
    ratio: now.map(([measure], index) => [measure, found[index]?.ratio ?? null]),
  };
}

/** Days and instants as answers have them. */
function pointTexts({ grain, time_zone: timeZone }: SalesTrendsValues): (point: number | undefined) => string | null {
  const clock = createZoneClock(timeZone);
  const text = grain === 'hour' ? clock.textOf : dayText;
  return (point) => (point === undefined ? null : text(point));
}
