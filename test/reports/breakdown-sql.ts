import { escapeLiteral as text } from 'pg';
import type { Random } from '../../warehouse/testing/random.ts';

/** A report that counts rows of a relation of `plain.sql` by day and by dimensions. */
export interface PlainBreakdown {
  readonly report: 'payments' | 'notifications' | 'sagas';
  readonly relation: string;
  /** Fields of a row by dimension, as columns of the relation. */
  readonly dimensions: Readonly<Record<string, readonly string[]>>;
  readonly filters: Readonly<Record<string, { column: string; values: readonly string[] }>>;
  /** Aggregates of a group's rows; `total` is over the group's period. */
  readonly measures: Readonly<Record<string, string>>;
  readonly mustHave?: readonly string[];
  readonly always?: string;
}

export interface BreakdownRequest {
  readonly of: PlainBreakdown;
  readonly grain: string | null;
  readonly by: readonly string[];
  readonly from: string | null;
  readonly to: string | null;
  readonly measures: readonly string[];
  readonly filters: readonly (readonly [name: string, values: readonly string[]])[];
}

/** Of whole numbers, so exact with two places: a half that is a little less as a double is rounded up all the same. */
const percentile = (share: number, value: string) =>
  `round(round(percentile_cont(${share}) within group (order by (${value})::float8)::numeric, 2), 0)`;
const percentiles = (name: string, value: string) => ({
  [`p50_${name}`]: percentile(0.5, value),
  [`p90_${name}`]: percentile(0.9, value),
  [`p99_${name}`]: percentile(0.99, value),
});
const rate = (part: string, whole: string, places = 4) => `quotient(${part}, ${whole}, ${places})`;
const counts = (column: string, values: readonly string[]) =>
  Object.fromEntries(values.map((value) => [value, `count(*) filter (where ${column} = '${value}')`]));

const PAYMENT_AMOUNTS = ['amount', 'captured_amount', 'refunded_amount', 'pending_refund_amount'];

function payments(isOriginal: boolean): PlainBreakdown {
  const of = (name: string) => (isOriginal ? name : `dollars(${name}, rate)`);
  const sum = (name: string) => `coalesce(sum(${of(name)}), 0)::numeric(38, 2)`;
  const captured = "count(*) filter (where status = 'captured')";
  return {
    report: 'payments',
    relation: 'paid',
    dimensions: { provider: ['provider'], method: ['method'], currency: ['currency'], status: ['status'] },
    filters: {
      provider: { column: 'provider', values: ['adyen', 'stripe', '(unknown)'] },
      method: { column: 'method', values: ['card', 'wallet', 'invoice'] },
      currency: { column: 'currency', values: ['EUR', 'USD', 'XXX'] },
      status: { column: 'status', values: ['captured', 'pending', 'failed'] },
    },
    measures: {
      payments: 'count(*)',
      ...counts('status', ['pending', 'captured', 'failed', 'voided']),
      success_rate: rate(captured, "count(*) filter (where status in ('captured', 'failed'))"),
      ...Object.fromEntries(PAYMENT_AMOUNTS.map((name) => [name, sum(name)])),
      net_amount: `${sum('captured_amount')} - ${sum('refunded_amount')}`,
      average_captured_amount: rate(
        sum('captured_amount'),
        `count(*) filter (where status = 'captured'${isOriginal ? '' : ' and rate is not null'})`,
        2,
      ),
      refunds: 'sum(refunds)',
      refunded_payments: 'count(*) filter (where refunds > 0)',
      refund_rate: rate(sum('refunded_amount'), sum('captured_amount')),
      unconverted_payments: isOriginal ? '0' : 'count(*) filter (where rate is null)',
      average_capture_ms: 'round(avg(capture_ms), 0)',
      ...percentiles('capture_ms', 'capture_ms'),
    },
    ...(isOriginal && { mustHave: ['currency'], always: '&amounts=original' }),
  };
}

const sent = 'count(*) filter (where attempts > 0)';
const failed = "count(*) filter (where status = 'bounced' and delivered_at is null)";

const NOTIFICATIONS: PlainBreakdown = {
  report: 'notifications',
  relation: 'notified',
  dimensions: { channel: ['channel'], template: ['template_id', 'template'], status: ['status'], error: ['error'] },
  filters: {
    channel: { column: 'channel', values: ['email', 'sms'] },
    template_id: { column: 'template_id::text', values: ['1', '2', '3', '6'] },
    status: { column: 'status', values: ['not sent', 'sent', 'bounced', 'delivered'] },
  },
  measures: {
    notifications: 'count(*)',
    sent,
    delivered: 'count(delivered_at)',
    failed,
    pending: `count(*) - count(delivered_at) - ${failed}`,
    attempts: 'sum(attempts)',
    bounces: 'sum(bounces)',
    delivery_rate: rate('count(delivered_at)', sent),
    failure_rate: rate(failed, sent),
    bounce_rate: rate('sum(bounces)', 'sum(attempts)'),
    attempts_per_notification: rate('sum(attempts)', sent),
    average_delivery_ms: 'round(avg(delivery_ms), 0)',
    ...percentiles('delivery_ms', 'delivery_ms'),
  },
};

const OUTCOMES = ['running', 'compensating', 'completed', 'compensated', 'failed', 'unknown'];
const SAGA_FILTERS = {
  saga_type: { column: 'saga_type', values: ['workload', 'unknown', 'order'] },
  outcome: { column: 'outcome', values: OUTCOMES },
};

const SAGAS: PlainBreakdown = {
  report: 'sagas',
  relation: 'sagas',
  dimensions: { saga_type: ['saga_type'], outcome: ['outcome'] },
  filters: SAGA_FILTERS,
  measures: {
    sagas: 'count(*)',
    share: rate('count(*)', 'total(count(*))'),
    finished: 'count(*) filter (where is_finished)',
    ...counts('outcome', OUTCOMES),
    completion_rate: rate("count(*) filter (where outcome = 'completed')", 'count(*) filter (where is_finished)'),
    steps: 'sum(steps)',
    failed_steps: 'sum(failed_steps)',
    compensations: 'sum(compensations)',
    sagas_with_compensations: 'count(*) filter (where compensations > 0)',
    average_duration_ms: 'round(avg(duration_ms), 0)',
    ...percentiles('duration_ms', 'duration_ms'),
  },
};

const SAGA_STEPS: PlainBreakdown = {
  report: 'sagas',
  relation: '(select * from saga_steps join sagas using (correlation_id))',
  dimensions: { ...SAGAS.dimensions, service: ['service'], step: ['step'] },
  filters: { ...SAGA_FILTERS, service: { column: 'service', values: ['order', 'payment', 'user'] } },
  measures: {
    sagas: 'count(distinct correlation_id)',
    steps: 'count(*)',
    failed_steps: "count(*) filter (where step_outcome = 'failed')",
    compensations: "count(*) filter (where step_outcome = 'compensated')",
    failure_rate: rate("count(*) filter (where step_outcome = 'failed')", 'count(*)'),
    total_step_ms: 'sum(step_ms)::numeric(38, 0)',
    share_of_time: rate('sum(step_ms)', 'total(sum(step_ms))'),
    average_step_ms: 'round(avg(step_ms), 0)',
    ...percentiles('step_ms', 'step_ms'),
  },
  mustHave: ['service'],
};

export const BREAKDOWNS: readonly PlainBreakdown[] = [
  payments(false),
  payments(true),
  NOTIFICATIONS,
  SAGAS,
  SAGA_STEPS,
];

export function randomBreakdown(of: PlainBreakdown, random: Random): BreakdownRequest {
  const { pick, below } = random;
  const some = <T>(values: readonly T[]) => [...new Set([pick(values), pick(values)])];
  const day = () => new Date(Date.UTC(2024, 0, 1 + below(900))).toISOString().slice(0, 10);
  const [from, to] = [day(), day()].sort();
  const mustHave = of.mustHave ?? [];
  const names = Object.keys(of.measures);
  return {
    of,
    grain: pick([null, 'day', 'week', 'month', 'quarter', 'year']),
    by: [...new Set([...mustHave, ...Object.keys(of.dimensions).filter(() => below(3) === 0)])],
    from: below(3) === 0 ? (from as string) : null,
    to: below(3) === 0 ? (to as string) : null,
    measures: below(2) === 0 ? names : some(names),
    filters: below(2) === 0 ? [] : some(Object.entries(of.filters)).map(([name, { values }]) => [name, some(values)]),
  };
}

export function breakdownAddress({ of, grain, by, from, to, measures, filters }: BreakdownRequest): string {
  const query = new URLSearchParams({ measures: measures.join(',') });
  if (by.length > 0) query.set('by', by.join(','));
  for (const [name, value] of Object.entries({ grain, from, to })) if (value !== null) query.set(name, value);
  for (const [name, values] of filters) for (const value of values) query.append(name, value);
  return `/v1/reports/${of.report}?${query}${of.always ?? ''}`;
}

/** The rows as a JSON list, every number as text. */
export function breakdownSql({ of, grain, by, from, to, measures, filters }: BreakdownRequest): string {
  const fields = by.flatMap((name) => of.dimensions[name] ?? []);
  const period = grain === null ? null : `date_trunc('${grain}', day)::date`;
  const keys = [...(period === null ? [] : [period]), ...fields];
  const conditions = [
    ...(from === null ? [] : [`day >= ${text(from)}`]),
    ...(to === null ? [] : [`day <= ${text(to)}`]),
    ...filters.map(
      ([name, values]) => `${of.filters[name]?.column} in (${values.map((value) => text(value)).join(', ')})`,
    ),
  ];
  const overPeriod = period === null ? 'over ()' : `over (partition by ${period})`;
  const measured = (sql: string) => sql.replace(/total\((.*?\))\)/, `sum($1) ${overPeriod}`);
  const members = [
    ...(period === null ? [] : [`'period', to_char(${period}, 'YYYY-MM-DD')`]),
    ...fields.map((name) => `'${name}', ${name}${name === 'template_id' ? '::text' : ''}`),
    ...measures.map(
      (name) => `'${name}', coalesce(${measured(of.measures[name] ?? '')}${EMPTY.includes(name) ? ', 0' : ''})::text`,
    ),
  ];
  return `
    select coalesce(json_agg(row), '[]')::text
    from (
      select json_build_object(${members.join(', ')}) as row
      from ${of.relation} as f
      ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
      ${keys.length === 0 ? '' : `group by ${keys.join(', ')}`}
    ) as rows`;
}

/** Sums of nothing that are 0 where there is one row of nothing. */
const EMPTY = ['refunds', 'attempts', 'bounces', 'steps', 'failed_steps', 'compensations', 'total_step_ms'];
