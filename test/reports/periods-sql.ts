import { escapeLiteral as text } from 'pg';
import type { PlainRequest } from '../../api/reports/sales-trends/plain-trends.ts';

/**
 * A statement's first tables, of which `periods` has a row for each period: where it and what it is compared with begin
 * (`lo`) and end (`hi`, not part of it), its year and what its moving average looks at besides it.
 */
export interface PeriodsSql {
  readonly sql: string;
  /** What of a sale lies within them. */
  readonly point: string;
}

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

export function dayPeriods(asked: PlainRequest, publishedAt: string): PeriodsSql {
  const { grain, compare, movingPeriods } = asked;
  const [from, to, zone] = [`date ${text(asked.from)}`, `date ${text(asked.to)}`, text(asked.timeZone)];
  const today = `(timestamptz ${text(publishedAt)} at time zone ${zone})::date`;
  const weekday = WEEKDAYS.indexOf(asked.weekStart) + 1;
  const [calendar, fiscal] = [text(asked.calendar), asked.fiscalYearStart];
  // Weeks are numbered as ISO 8601 does: from the one that has the fourth day of the year, in 4-4-5 of the fiscal year.
  const yearOfPeriod =
    grain === 'week'
      ? `year_of(start, '4-4-5', ${weekday}, ${asked.calendar === '4-4-5' ? fiscal : 1})`
      : `year_of(start, ${calendar}, ${weekday}, ${fiscal})`;
  const yearStart = (day: string) => `year_of(${day}, ${calendar}, ${weekday}, ${fiscal})`;
  const range = compare?.includes('..') ? compare.split('..').map((day) => `date ${text(day)}`) : null;
  const isByDate = asked.calendar === 'gregorian' && ['month', 'quarter', 'year'].includes(grain);
  // Where a day is in its period: in the how manieth month on which day of it, or on the how manieth day.
  const place = (day: string, start: string) =>
    isByDate
      ? `(extract(year from ${day}) * 12 + extract(month from ${day}) - extract(year from ${start}) * 12 - extract(month from ${start}), extract(day from ${day}))`
      : `(${day} - ${start}, 0)`;
  const other =
    range !== null
      ? `o.no = (select no from wholes where ${range[0]} between start and finish) + a.n - 1`
      : compare === 'previous_year'
        ? grain === 'day'
          ? `o.start = (a.start - interval '1 year')::date and extract(day from o.start) = extract(day from a.start)`
          : 'o.year_no = a.year_no - 1 and o.place = a.place'
        : 'o.no = a.no - 1';
  const [wasFrom, wasTo] =
    compare === null
      ? ['o.start', 'o.finish']
      : compare === 'previous_year_weekday'
        ? ['a.first - 364', 'a.seen - 364']
        : range !== null
          ? [`greatest(o.start, ${range[0]})`, `least(o.finish, ${range[1]})`]
          : [
              // The end that the range leaves whole goes with the whole other one's.
              `case when a.first = a.start then o.start else (
                select min(d)::date from generate_series(o.start, o.finish, interval '1 day') as d
                where ${place('d::date', 'o.start')} >= ${place('a.first', 'a.start')}
              ) end`,
              `case when a.seen = a.finish then o.finish else (
                select max(d)::date from generate_series(o.start, o.finish, interval '1 day') as d
                where ${place('d::date', 'o.start')} <= ${place('a.seen', 'a.start')}
              ) end`,
            ];
  const isShifted = compare === 'previous_year_weekday';
  const back = 1100 + movingPeriods * (LONGEST[grain] ?? 0);
  const [earliest, latest] = [
    `least(${from}, ${range?.[0] ?? from}) - ${back}`,
    `greatest(${to}, ${range?.[1] ?? to}) + 500`,
  ];
  const weeks = asked.calendar === '4-4-5' ? WEEKS_445[grain] : undefined;
  const starts =
    weeks === undefined
      ? `select distinct period_of(day::date, ${text(grain)}, ${weekday}, ${fiscal}) as start
      from generate_series(${earliest}, ${latest}, interval '1 day') as day`
      : `select year_445(year, ${fiscal}, ${weekday}) + 7 * week as start
      from generate_series(extract(year from ${earliest})::int, extract(year from ${latest})::int) as year
      cross join unnest(array[${weeks}]) as week`;
  return {
    point: `(ordered_at at time zone ${zone})::date`,
    sql: `
    calendar as (${starts}),
    wholes as materialized (
      select no, start, finish, dense_rank() over (order by year) as year_no,
        row_number() over (partition by year order by start) as place
      from (
        select row_number() over (order by start) as no, start, lead(start) over (order by start) - 1 as finish,
          ${yearOfPeriod} as year
        from calendar
      ) as w
      where finish is not null
    ),
    asked as (
      select row_number() over (order by start) as n, no, start, finish, year_no, place,
        greatest(start, ${from}) as first, least(finish, ${to}) as last,
        case when ${today} between start and finish
          then greatest(start, ${from}, least(finish, ${to}, ${today})) else least(finish, ${to})
        end as seen
      from wholes
      where finish >= ${from} and start <= ${to}
    ),
    compared as (
      select a.n, ${wasFrom} as was_first, ${wasTo} as was_last,
        ${isShifted ? 'm.start - 364' : 'm.start'} as was_moving_first, ${isShifted ? 'a.start - 364' : 'o.start'} as was_start,
        ${isShifted ? `${yearStart('a.seen')} - 364` : 'null::date'} as was_year
      from asked as a
      ${isShifted ? '' : `join wholes as o on ${other}`}
      join wholes as m on m.no = ${isShifted ? 'a.no' : 'o.no'} - ${movingPeriods - 1}
    ),
    periods as materialized (
      select a.n, to_char(a.start, 'YYYY-MM-DD') as label, a.first as lo, a.last + 1 as hi,
        ${yearStart('a.last')} as year_lo, m.start as moving_lo, a.start as moving_hi,
        c.was_first as was_lo, c.was_last + 1 as was_hi,
        coalesce(c.was_year, ${yearStart('c.was_last')}) as was_year_lo,
        c.was_moving_first as was_moving_lo, c.was_start as was_moving_hi,
        to_char(c.was_first, 'YYYY-MM-DD') as was_from, to_char(c.was_last, 'YYYY-MM-DD') as was_to,
        a.first > a.start or a.last < a.finish or ${today} between a.start and a.finish as is_partial
      from asked as a
      join wholes as m on m.no = a.no - ${movingPeriods - 1}
      left join compared as c on c.n = a.n and c.was_first <= c.was_last
    )`,
  };
}

const LONGEST: Readonly<Record<string, number>> = { day: 1, week: 7, month: 35, quarter: 98, year: 371 };

/** Before how many weeks of the year a period begins: months have four, four and five, and the last whatever is left. */
const WEEKS_445: Readonly<Record<string, readonly number[]>> = {
  month: [0, 4, 8, 13, 17, 21, 26, 30, 34, 39, 43, 47],
  quarter: [0, 13, 26, 39],
  year: [0],
};

/** An hour is one of the clock since its day began; the day on which clocks change by half an hour ends with half a one. */
export function hourPeriods(asked: PlainRequest, publishedAt: string): PeriodsSql {
  const { compare, movingPeriods } = asked;
  const [from, to, zone] = [`date ${text(asked.from)}`, `date ${text(asked.to)}`, text(asked.timeZone)];
  const weekday = WEEKDAYS.indexOf(asked.weekStart) + 1;
  const range = compare?.includes('..') ? compare.split('..').map((day) => `date ${text(day)}`) : null;
  const firstDays = [from, `${from} - 364`, `${from} - 366`, ...(range === null ? [] : [range[0]])];
  const lastDays = [to, ...(range === null ? [] : [range[1]])];
  const other =
    range !== null
      ? `o.no = (select min(no) from hours where day = ${range[0]}) + a.n - 1 and o.day <= ${range[1]}`
      : compare === 'previous_year'
        ? `o.day = (a.day - interval '1 year')::date and extract(day from o.day) = extract(day from a.day)
          and o.face = a.face and o.time = a.time`
        : compare === 'previous_year_weekday'
          ? 'o.day = a.day - 364 and o.face = a.face and o.time = a.time'
          : 'o.no = a.no - 1';
  const yearStart = (day: string, shift = 0) =>
    `start_of(year_of(${day}, ${text(asked.calendar)}, ${weekday}, ${asked.fiscalYearStart}) - ${shift}, ${zone})`;
  // What is 364 days before has its year begin 364 days earlier, too.
  const wasYearStart = compare === 'previous_year_weekday' ? yearStart('a.day', 364) : yearStart('o.day');
  return {
    point: 'ordered_at',
    sql: `
    days as (
      select distinct d::date as day
      from (values ${firstDays.map((first, i) => `(${first} - 1 - ${Math.ceil(movingPeriods / 23)}, ${lastDays[i === 3 ? 1 : 0]} ${i === 1 ? '- 364' : i === 2 ? '- 365' : ''} + 1)`).join(', ')}) as r(a, b)
      cross join lateral generate_series(a, b, interval '1 day') as d
    ),
    began as materialized (select day, start_of(day, ${zone}) as lo, start_of(day + 1, ${zone}) as hi from days),
    hours as materialized (
      select *, row_number() over (order by lo) as no,
        row_number() over (partition by day, face order by lo) as time
      from (
        select day, h as lo, least(h + interval '1 hour', hi) as hi,
          to_char(h at time zone ${zone}, 'HH24:MI') as face
        from began cross join lateral generate_series(lo, hi - interval '1 second', interval '1 hour') as h
      ) as all_hours
    ),
    asked as (
      select *, row_number() over (order by no) as n from hours where day between ${from} and ${to}
    ),
    periods as materialized (
      select a.n, clock_text(a.lo, ${zone}) as label, a.lo, a.hi, ${yearStart('a.day')} as year_lo,
        m.lo as moving_lo, a.lo as moving_hi,
        o.lo as was_lo, o.hi as was_hi, ${wasYearStart} as was_year_lo,
        om.lo as was_moving_lo, o.lo as was_moving_hi,
        clock_text(o.lo, ${zone}) as was_from, clock_text(o.hi - interval '1 second', ${zone}) as was_to,
        timestamptz ${text(publishedAt)} >= a.lo and timestamptz ${text(publishedAt)} < a.hi as is_partial
      from asked as a
      join hours as m on m.no = a.no - ${movingPeriods - 1}
      left join hours as o on ${other}
      left join hours as om on om.no = o.no - ${movingPeriods - 1}
    )`,
  };
}
