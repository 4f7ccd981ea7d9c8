import type { Random } from '../../../warehouse/testing/random.ts';
import { DIMENSIONS } from './dimension.ts';
import { TREND_MEASURES } from './measures.ts';
import { dayNumber, dayString } from './plain-calendar.ts';
import type { PlainRequest } from './plain-trends.ts';

/** What requests are about, and what they may ask for. */
export interface RequestScope {
  /** Values of each filter. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly currencies: readonly string[];
  /** Days near which something unusual happens. */
  readonly starts: readonly string[];
  readonly timeZones: readonly string[];
  /** Also what the plain calendar cannot tell: 4-4-5 of any fiscal year and week, every comparison of hours. */
  readonly everyCalendar: boolean;
}

/** The orders of `awkward-orders.ts`. */
const AWKWARD: RequestScope = {
  currencies: ['EUR', 'USD', 'JPY', 'CHF'],
  starts: [
    '2024-03-30',
    '2024-10-26',
    '2024-11-02',
    '2024-02-27',
    '2023-12-29',
    '2024-12-28',
    '2020-12-21',
    '2021-01-04',
  ],
  timeZones: ['UTC', 'UTC', 'UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'],
  everyCalendar: false,
  filters: {
    product_id: ['1', '2', '3', '7', '0'],
    category: ['v0', 'v1', '(unknown)', 'nowhere'],
    category_level_1: ['v0', 'v1', 'v2', '(unknown)'],
    category_level_2: ['v1', 'v3'],
    category_level_3: ['v2', 'v4'],
    segment: ['gold', 'basic', '(unknown)'],
    region: ['north', 'south', '(unknown)'],
    country: ['DE', 'US'],
    channel: ['web', 'store', "o'clock", '(unknown)'],
    payment_method: ['card', 'wallet', '(unknown)'],
    new_or_returning: ['new', 'returning'],
  },
};

function someOf(values: readonly string[], random: Random, most: number): string[] {
  return [...new Set(Array.from({ length: 1 + random.below(most) }, () => random.pick(values)))];
}

/** Every parameter but `forecast` and `anomalies`; for tests. */
export function randomRequest(random: Random, scope: RequestScope = AWKWARD): PlainRequest {
  const { filters, starts, everyCalendar } = scope;
  const pick = random.pick;
  const grain = pick(['hour', 'day', 'day', 'week', 'week', 'month', 'month', 'month', 'quarter', 'year']);
  const anyDay = () => dayString(dayNumber('2023-01-01') + random.below(900));
  const recent = dayString(Math.floor(Date.now() / 86_400_000) - random.below(50));
  const from = pick([
    ...starts,
    ...starts,
    anyDay(),
    anyDay(),
    `${2023 + random.below(2)}-0${1 + random.below(9)}-01`,
    recent,
    recent,
  ]);
  const longest = { hour: 3, day: 12, week: 90, month: 500, quarter: 700, year: 1200 }[grain] ?? 1;
  const to = dayString(dayNumber(from) + random.below(longest));
  const by = random.below(3) === 0 ? [] : someOf(DIMENSIONS, random, 3);
  const is445 = (everyCalendar || grain !== 'hour') && random.below(4) === 0;
  const isPlain = is445 && !everyCalendar;
  const others = dayString(dayNumber(from) - 300 + random.below(300));
  const toOther = dayString(dayNumber(others) + random.below(longest));
  const isTop = by.length > 0 && random.below(3) === 0;
  const weekStart = isPlain || random.below(2) === 0 ? 'monday' : pick(['sunday', 'saturday', 'wednesday']);
  const compare =
    grain === 'hour' && !everyCalendar
      ? pick([null, 'previous_period', 'previous_year_weekday'])
      : pick([null, 'previous_period', 'previous_year', 'previous_year_weekday', `${others}..${toOther}`]);
  const isUnnumberedWeek = !everyCalendar && compare === 'previous_year' && grain === 'week';
  const all = random.below(4) === 0 ? TREND_MEASURES : TREND_MEASURES.filter(() => random.below(3) === 0);
  return {
    from,
    to,
    grain,
    by,
    measures: all.length === 0 ? ['units'] : all,
    of: pick(['net_revenue', 'net_revenue', 'units', 'orders', 'refunds']),
    movingPeriods: 2 + random.below(4),
    currency: random.below(4) === 0 ? pick(scope.currencies) : null,
    compare,
    top: isTop ? 1 + random.below(4) : null,
    topBy: isTop ? pick(['net_revenue', 'orders', 'customers', 'units', 'tax']) : 'net_revenue',
    topOf: isTop && random.below(2) === 0 ? pick(by) : null,
    subtotals: random.below(3) === 0,
    timeZone: pick(scope.timeZones),
    weekStart: isUnnumberedWeek ? 'monday' : weekStart,
    calendar: is445 ? '4-4-5' : 'gregorian',
    fiscalYearStart: isPlain || random.below(2) === 0 ? 1 : 1 + random.below(12),
    filters:
      random.below(2) === 0
        ? []
        : someOf(Object.keys(filters), random, 2).map(
            (name) => [name, someOf(filters[name] ?? [], random, 2)] as const,
          ),
  };
}

export function addressOf(asked: PlainRequest): string {
  const query = new URLSearchParams({ from: asked.from, to: asked.to, grain: asked.grain });
  query.set('measures', asked.measures.join(','));
  query.set('of', asked.of);
  query.set('moving_periods', String(asked.movingPeriods));
  query.set('time_zone', asked.timeZone);
  query.set('week_start', asked.weekStart);
  query.set('calendar', asked.calendar);
  query.set('fiscal_year_start', String(asked.fiscalYearStart));
  query.set('subtotals', String(asked.subtotals));
  if (asked.by.length > 0) query.set('by', asked.by.join(','));
  if (asked.currency !== null) query.set('currency', asked.currency);
  if (asked.compare !== null) query.set('compare', asked.compare);
  if (asked.top !== null) query.set('top', String(asked.top));
  if (asked.top !== null) query.set('top_by', asked.topBy);
  if (asked.topOf !== null) query.set('top_of', asked.topOf);
  for (const [name, values] of asked.filters) for (const value of values) query.append(name, value);
  return `/v1/reports/sales-trends?${query}`;
}
