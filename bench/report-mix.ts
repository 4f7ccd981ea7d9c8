import { Random } from '../demo/random.ts';

/** One request of a dashboard or of somebody who explores. */
export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON, of a POST. */
  readonly body: string | null;
}

/** What the shop of the example company knows. */
const CUSTOMERS = 2_000;
const PRODUCTS = 300;
const HISTORY_DAYS = 700;
/** Different questions of dashboards. */
const DASHBOARD_QUESTIONS = 20;

const SALES_MEASURES = [
  'reporting_net_revenue',
  'reporting_gross_revenue',
  'reporting_margin',
  'units',
  'unconverted_lines',
];
const SALES_DIMENSIONS = ['channel', 'region', 'country'];
const TREND_MEASURES = ['net_revenue', 'gross_revenue', 'margin', 'units', 'refunds', 'discounts'];
const DAY_MS = 86_400_000;

/**
 * Questions in the proportions of the benchmark, the same for the same seed. Half of them are those that dashboards ask again and
 * again; the others are made up one by one, and nearly never the same twice. All are answered from cubes, but for one customer.
 */
export function createReportMix(options: { seed: number; today: string }): { next(): Asked } {
  const random = new Random(options.seed, 'reports');
  const days = { random, today: Date.parse(`${options.today}T00:00:00Z`) };
  const dashboards = Array.from({ length: DASHBOARD_QUESTIONS }, () => madeUp(days));
  return { next: () => (random.chance(0.5) ? random.pick(dashboards) : madeUp(days)) };
}

interface Days {
  readonly random: Random;
  readonly today: number;
}

function madeUp(of: Days): Asked {
  const { random } = of;
  const kind = random.between(1, 100);
  if (kind <= 25) return monthlySales(of);
  if (kind <= 45) return dailySales(of);
  if (kind <= 55) return sagas(of);
  if (kind <= 60) return stock(of);
  if (kind <= 65) return cohortCells(of);
  if (kind <= 85) return salesTrends(of);
  if (kind <= 90) return cohorts(of);
  return get('/v1/reports/customer-ltv', { customer_id: String(random.between(1, CUSTOMERS)) });
}

function monthlySales({ random, today }: Days): Asked {
  return question('monthly_sales_cube', {
    measures: some(random, SALES_MEASURES),
    dimensions: [{ name: 'month', grain: random.pick(['month', 'quarter', 'year']) }, random.pick(SALES_DIMENSIONS)],
    time_range: wholeMonths(rangeOf({ random, today }, 120, HISTORY_DAYS)),
    filters: random.chance(0.5)
      ? [filter('product_id', [random.between(1, PRODUCTS), random.between(1, PRODUCTS)])]
      : [],
  });
}

function dailySales({ random, today }: Days): Asked {
  return question('daily_sales_cube', {
    measures: some(random, SALES_MEASURES),
    dimensions: [
      { name: 'order_date', grain: random.pick(['day', 'week']) },
      ...(random.chance(0.5) ? [random.pick(SALES_DIMENSIONS)] : []),
    ],
    time_range: rangeOf({ random, today }, 7, 90),
  });
}

function sagas({ random, today }: Days): Asked {
  return question('saga_outcome_cube', {
    measures: ['sagas', 'average_duration_ms', 'failed_steps'],
    dimensions: ['outcome', { name: 'started_date', grain: random.pick(['day', 'week', 'month']) }],
    time_range: rangeOf({ random, today }, 7, 365),
  });
}

function stock({ random, today }: Days): Asked {
  return question('daily_inventory_cube', {
    measures: ['received', 'shipped', 'net_quantity'],
    dimensions: [{ name: 'movement_date', grain: 'week' }],
    time_range: rangeOf({ random, today }, 30, 365),
    filters: [filter('product_id', [random.between(1, PRODUCTS)])],
  });
}

function cohortCells({ random, today }: Days): Asked {
  return question('cohort_cube', {
    measures: ['customers', 'reporting_net_revenue'],
    dimensions: ['acquisition_month', 'age_months'],
    time_range: wholeMonths(rangeOf({ random, today }, 90, HISTORY_DAYS)),
  });
}

function salesTrends({ random, today }: Days): Asked {
  const { from, to } = rangeOf({ random, today }, 30, HISTORY_DAYS);
  return get('/v1/reports/sales-trends', {
    from,
    to,
    grain: random.pick(['week', 'month', 'quarter']),
    measures: some(random, TREND_MEASURES).join(','),
    ...(random.chance(0.5) && { by: random.pick([...SALES_DIMENSIONS, 'category_level_1']) }),
    ...(random.chance(0.3) && { channel: 'web' }),
  });
}

function cohorts({ random, today }: Days): Asked {
  const { from, to } = rangeOf({ random, today }, 90, HISTORY_DAYS);
  return get('/v1/reports/cohorts', { from, to, max_age: String(random.between(3, 24)) });
}

function question(cube: string, body: object): Asked {
  return { method: 'POST', path: `/v1/cubes/${cube}/query`, body: JSON.stringify(body) };
}

function get(path: string, parameters: Readonly<Record<string, string>>): Asked {
  return { method: 'GET', path: `${path}?${new URLSearchParams(parameters)}`, body: null };
}

function filter(name: string, values: readonly number[]): object {
  return { name, operator: 'equals', values: [...new Set(values)] };
}

/** A range of so many days, most of them up to today. */
function rangeOf({ random, today }: Days, least: number, most: number): { from: string; to: string } {
  const length = random.between(least, most);
  const end = random.chance(0.6) ? 0 : random.between(0, HISTORY_DAYS - most);
  return { from: dayText(today - (end + length) * DAY_MS), to: dayText(today - end * DAY_MS) };
}

/** From the first day of its first month to the last day of its last: cubes of months refuse anything else. */
function wholeMonths({ from, to }: { from: string; to: string }): { from: string; to: string } {
  const [year, month] = to.split('-').map(Number) as [number, number];
  return { from: `${from.slice(0, 7)}-01`, to: dayText(Date.UTC(year, month, 1) - DAY_MS) };
}

function dayText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** One to three of a list, in its order. */
function some(random: Random, list: readonly string[]): string[] {
  const wanted = new Set([random.pick(list), random.pick(list), random.pick(list)]);
  return list.filter((name) => wanted.has(name));
}
