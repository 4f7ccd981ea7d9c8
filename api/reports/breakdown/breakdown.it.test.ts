import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../../warehouse/testing/random.ts';
import { answerSchemas } from '../../fixture/answer-schema.ts';
import { exactParse } from '../../fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../../fixture/modelled-shop.ts';
import {
  type PlainFact,
  type PlainMeasure,
  percentile,
  plainBreakdown,
  plainKey,
  rate,
  sum,
} from '../../fixture/plain-breakdown.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const random = createRandom(SEED);
const QUESTIONS = 25;

let shop: ModelledShop;
let wrongBySchema: Awaited<ReturnType<typeof answerSchemas>>;
beforeAll(async () => {
  shop = await openModelledShop(random);
  wrongBySchema = await answerSchemas(shop.app);
});
afterAll(() => shop?.close());

type Row = Record<string, unknown>;
interface Answer {
  data: Row[];
  meta: Record<string, unknown>;
}

async function ask(path: string): Promise<Answer> {
  const answer = await shop.app.inject(path);
  expect(answer.statusCode, `${path}: ${answer.body}`).toBe(200);
  expect(wrongBySchema(path, answer.body), path).toBeNull();
  return exactParse(answer.body);
}

async function select<F>(query: string): Promise<F[]> {
  return (await shop.warehouse.client.query({ query, format: 'JSONEachRow' })).json<F>();
}

const subset = <T>(values: readonly T[]): T[] => values.filter(() => random.below(3) === 0);

/** Asks at random, and compares each row with what the facts give when they are grouped here. */
async function compare<F extends PlainFact>(options: {
  report: string;
  facts: readonly F[];
  /** Dimensions, with the field of an answer that tells their values apart. */
  dimensions: Readonly<Record<string, string>>;
  /** Parameters that filter, with the field of a fact. */
  filters: Readonly<Record<string, string>>;
  measures: Readonly<Record<string, PlainMeasure<F>>>;
  always?: string;
  mustHave?: readonly string[];
}): Promise<void> {
  const { report, facts, dimensions, filters, always = '', mustHave = [] } = options;
  for (let n = 0; n < QUESTIONS; n++) {
    const grain = random.pick([null, 'day', 'week', 'month', 'quarter', 'year']);
    const by = Object.keys(dimensions).filter((name) => mustHave.includes(name) || random.below(3) === 0);
    const names = random.below(3) === 0 ? [] : subset(Object.keys(options.measures));
    const [from, to] = random.below(2) === 0 ? [null, null] : ['2024-03-05', '2024-07-08'];
    const chosen = Object.entries(filters).flatMap(([parameter, field]) => {
      const fact = facts[random.below(facts.length)];
      return random.below(4) === 0 && fact !== undefined ? [{ parameter, field, value: String(fact[field]) }] : [];
    });
    const query = new URLSearchParams([
      ...(grain === null ? [] : [['grain', grain]]),
      ...(by.length === 0 ? [] : [['by', by.join(',')]]),
      ...names.map((name) => ['measures', name]),
      ...(from === null ? [] : [['from', from]]),
      ...(to === null ? [] : [['to', to]]),
      ...chosen.map(({ parameter, value }) => [parameter, value]),
    ] as [string, string][]);
    const path = `/v1/reports/${report}?${query}${always}`;
    const { data, meta } = await ask(path);
    const measures = Object.fromEntries(
      Object.entries(options.measures).filter(([name]) => names.length === 0 || names.includes(name)),
    );
    const within = facts.filter(
      (fact) =>
        (from === null || fact.day >= from) &&
        (to === null || fact.day <= to) &&
        chosen.every(({ field, value }) => String(fact[field]) === value),
    );
    const fields = by.map((name) => dimensions[name] as string);
    const plain = plainBreakdown({ facts: within, grain, by: fields, measures });
    const found = new Map(
      data.map((row) => [
        plainKey([row.period ?? null, ...fields.map((field) => row[field])]),
        Object.fromEntries(Object.keys(measures).map((name) => [name, plainValue(row[name])])),
      ]),
    );
    expect(found, `seed ${SEED}: ${path}`).toEqual(plain);
    expect(data.length).toBe(plain.size);
    expect(meta.grain).toBe(grain);
    const periods = data.map((row) => String(row.period));
    expect(periods).toEqual(periods.toSorted());
  }
}

/** Numbers come as text. */
function plainValue(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainValue(each)]));
  }
  return typeof value === 'string' && /^-?\d/.test(value) ? Number(value) : value;
}

test('without facts there is one row of nothing, or none by a dimension', async () => {
  expect((await shop.app.inject('/v1/reports/payments')).json()).toMatchObject({ code: 'API_NOTHING_PUBLISHED' });
  await shop.publish(0);
  expect((await ask('/v1/reports/payments')).data).toMatchObject([
    { payments: '0', captured_amount: '0.00', success_rate: null, average_capture_ms: null, p90_capture_ms: null },
  ]);
  expect((await ask('/v1/reports/sagas')).data).toMatchObject([{ sagas: '0', share: null, slowest_step: null }]);
  expect((await ask('/v1/reports/notifications')).data).toMatchObject([{ notifications: '0', delivery_rate: null }]);
  for (const report of ['payments?by=provider', 'sagas?by=service', 'sagas?grain=day', 'notifications?by=channel']) {
    expect((await ask(`/v1/reports/${report}`)).data).toEqual([]);
  }
  // A currency that nobody quotes, and clocks that differ: captured before they were created.
  const noon = '2024-04-01 12:00:00+00';
  const captured = (id: string, at: string) =>
    shop.shop.put('payments', [id, '1', '10.00', 'CHF', 'card', 'p', null, 'captured', noon, at]);
  captured('900', '2024-04-01 11:59:51.001+00');
  captured('901', '2024-04-01 11:59:51.002+00');
  await shop.publish(1_500);
  await shop.publish(300);
});

interface Notification extends PlainFact {
  last_status: string;
  attempts: number;
  bounces: number;
  took: number | null;
}

test(`notifications are those of the facts (seed ${SEED})`, async () => {
  const facts = await select<Notification>(`
    select toString(notification_date) as day, channel, template_id, last_status as status, last_status, last_error as error,
      toInt32(attempts) as attempts, toInt32(bounces) as bounces, toFloat64(delivery_ms) as took
    from marts.notification_fact`);
  expect(facts.length).toBeGreaterThan(10);
  const took = (all: readonly Notification[]) => all.flatMap((each) => (each.took === null ? [] : [each.took]));
  const count = (all: readonly Notification[], is: (each: Notification) => boolean) => all.filter(is).length;
  const sent = (all: readonly Notification[]) => count(all, (each) => each.last_status !== 'not sent');
  const failed = (all: readonly Notification[]) =>
    count(all, (each) => each.last_status === 'bounced' && each.took === null);
  const attempts = (all: readonly Notification[]) => sum(all.map((each) => each.attempts));
  const bounces = (all: readonly Notification[]) => sum(all.map((each) => each.bounces));
  await compare({
    report: 'notifications',
    facts,
    dimensions: { channel: 'channel', template: 'template_id', status: 'status', error: 'error' },
    filters: { channel: 'channel', template_id: 'template_id', status: 'status' },
    measures: {
      notifications: (all) => all.length,
      sent,
      delivered: (all) => took(all).length,
      failed,
      pending: (all) => all.length - took(all).length - failed(all),
      attempts,
      bounces,
      delivery_rate: (all) => rate(took(all).length, sent(all)),
      failure_rate: (all) => rate(failed(all), sent(all)),
      bounce_rate: (all) => rate(bounces(all), attempts(all)),
      attempts_per_notification: (all) => rate(attempts(all), sent(all)),
      average_delivery_ms: (all) => rate(sum(took(all)), took(all).length, 0),
      p50_delivery_ms: (all) => percentile(took(all), 0.5),
      p90_delivery_ms: (all) => percentile(took(all), 0.9),
      p99_delivery_ms: (all) => percentile(took(all), 0.99),
    },
  });
  const [row] = (await ask('/v1/reports/notifications?by=template')).data;
  expect(typeof row?.template).toBe('string');
});

interface Step {
  service: string;
  step: string;
  outcome: string;
  step_ms: number;
}
interface Saga extends PlainFact {
  outcome: string;
  took: number | null;
  steps: Step[];
}

test(`sagas are those of the facts, and their slowest step is the one that took the most time (seed ${SEED})`, async () => {
  const facts = await select<Saga>(`
    select toString(started_date) as day, saga_type, outcome, toFloat64(duration_ms) as took,
      arrayMap(t -> cast((t.1, t.2, t.3, toFloat64(t.5)), 'Tuple(service String, step String, outcome String, step_ms Float64)'), steps)
        as steps
    from marts.saga_fact`);
  expect(facts.length).toBeGreaterThan(5);
  const took = (all: readonly Saga[]) => all.flatMap((each) => (each.took === null ? [] : [each.took]));
  const steps = (all: readonly Saga[]) => all.flatMap((each) => each.steps);
  const of = (outcome: string) => (all: readonly Saga[]) => all.filter((each) => each.outcome === outcome).length;
  const stepsOf = (outcome: string) => (all: readonly Saga[]) =>
    steps(all).filter((each) => each.outcome === outcome).length;
  function slowest(all: readonly Saga[]): unknown {
    const groups = [...Map.groupBy(steps(all), ({ service, step }) => `${service} ${step}`).values()];
    const [first] = groups
      .map((group) => ({
        service: group[0]?.service,
        step: group[0]?.step,
        steps: group.length,
        total_step_ms: sum(group.map((each) => each.step_ms)),
        p90_step_ms: percentile(
          group.map((each) => each.step_ms),
          0.9,
        ),
      }))
      .sort(
        (a, b) => b.total_step_ms - a.total_step_ms || (`${a.service} ${a.step}` < `${b.service} ${b.step}` ? -1 : 1),
      );
    return first ?? null;
  }
  await compare({
    report: 'sagas',
    facts,
    dimensions: { saga_type: 'saga_type', outcome: 'outcome' },
    filters: { saga_type: 'saga_type', outcome: 'outcome' },
    measures: {
      sagas: (all) => all.length,
      share: (all, ofPeriod) => rate(all.length, ofPeriod.length),
      finished: (all) => took(all).length,
      ...Object.fromEntries(
        ['running', 'compensating', 'completed', 'compensated', 'failed', 'unknown'].map((each) => [each, of(each)]),
      ),
      completion_rate: (all) => rate(of('completed')(all), took(all).length),
      steps: (all) => steps(all).length,
      failed_steps: stepsOf('failed'),
      compensations: stepsOf('compensated'),
      sagas_with_compensations: (all) => all.filter((each) => stepsOf('compensated')([each]) > 0).length,
      average_duration_ms: (all) => rate(sum(took(all)), took(all).length, 0),
      p50_duration_ms: (all) => percentile(took(all), 0.5),
      p90_duration_ms: (all) => percentile(took(all), 0.9),
      p99_duration_ms: (all) => percentile(took(all), 0.99),
      slowest_step: slowest,
    },
  });
  interface StepFact extends PlainFact {
    id: number;
    step_outcome: string;
    step_ms: number;
  }
  const stepFacts: StepFact[] = facts.flatMap((saga, id) =>
    saga.steps.map((each) => ({ ...saga, ...each, id, outcome: saga.outcome, step_outcome: each.outcome })),
  );
  const ms = (all: readonly StepFact[]) => all.map((each) => each.step_ms);
  const failed = (all: readonly StepFact[]) => all.filter((each) => each.step_outcome === 'failed').length;
  await compare({
    report: 'sagas',
    facts: stepFacts,
    dimensions: { saga_type: 'saga_type', outcome: 'outcome', service: 'service', step: 'step' },
    mustHave: ['service'],
    filters: { saga_type: 'saga_type', outcome: 'outcome', service: 'service' },
    measures: {
      sagas: (all) => new Set(all.map(({ id }) => id)).size,
      steps: (all) => all.length,
      failed_steps: failed,
      compensations: (all) => all.filter((each) => each.step_outcome === 'compensated').length,
      failure_rate: (all) => rate(failed(all), all.length),
      total_step_ms: (all) => sum(ms(all)),
      share_of_time: (all, ofPeriod) => rate(sum(ms(all)), sum(ms(ofPeriod))),
      average_step_ms: (all) => rate(sum(ms(all)), all.length, 0),
      p50_step_ms: (all) => percentile(ms(all), 0.5),
      p90_step_ms: (all) => percentile(ms(all), 0.9),
      p99_step_ms: (all) => percentile(ms(all), 0.99),
    },
  });
  // Of one service: the sagas that have a step there, and the slowest of those steps.
  const { data } = await ask('/v1/reports/sagas?service=order');
  const withOrder = facts.filter((saga) => saga.steps.some(({ service }) => service === 'order'));
  const only = withOrder.map((saga) => ({ ...saga, steps: saga.steps.filter(({ service }) => service === 'order') }));
  expect(plainValue(data[0])).toMatchObject({ sagas: withOrder.length, slowest_step: slowest(only) });
});

interface Payment extends PlainFact {
  payment_status: string;
  amounts: Record<string, number | null>;
  refund_count: number;
  took: number | null;
}

test(`payments are those of the facts, in the reporting currency and in their own (seed ${SEED})`, async () => {
  const names = ['amount', 'captured_amount', 'refunded_amount', 'pending_refund_amount'];
  const read = (convert: (name: string) => string) =>
    select<Payment>(`
      select toString(f.payment_date) as day, f.provider as provider, f.method as method, f.currency as currency,
        f.payment_status as status, f.payment_status as payment_status, toInt32(f.refund_count) as refund_count,
        map(${names.map((name) => `'${name}', ${convert(name)}`).join(', ')}) as amounts,
        if(f.payment_status = 'captured', toFloat64(dateDiff('millisecond', f.created_at, f.captured_at)), null) as took
      from marts.payment_fact as f
      left join marts.exchange_rate_day as r on r.currency = f.currency and r.date = f.payment_date`);
  const converted = await read(
    (name) => `multiIf(f.currency = 'USD', toFloat64(f.${name}), r.rate = 0, null,
      toFloat64(round(toDecimal256(f.${name}, 2) * toDecimal256(r.rate, 10), 2)))`,
  );
  const original = await read((name) => `toFloat64(f.${name})::Nullable(Float64)`);
  expect(original.length).toBeGreaterThan(10);
  // There are payments whose day has no rate.
  expect(converted.some(({ amounts }) => amounts.amount === null)).toBe(true);

  const total = (name: string) => (all: readonly Payment[]) =>
    Number(sum(all.map(({ amounts }) => amounts[name] ?? 0)).toFixed(2));
  const of =
    (...statuses: string[]) =>
    (all: readonly Payment[]) =>
      all.filter(({ payment_status: status }) => statuses.includes(status)).length;
  const took = (all: readonly Payment[]) => all.flatMap((each) => (each.took === null ? [] : [each.took]));
  const known = (all: readonly Payment[]) => all.filter(({ amounts }) => amounts.amount !== null);
  const measures: Record<string, PlainMeasure<Payment>> = {
    payments: (all) => all.length,
    ...Object.fromEntries(['pending', 'captured', 'failed', 'voided'].map((status) => [status, of(status)])),
    success_rate: (all) => rate(of('captured')(all), of('captured', 'failed')(all)),
    ...Object.fromEntries(names.map((name) => [name, total(name)])),
    net_amount: (all) => Number((total('captured_amount')(all) - total('refunded_amount')(all)).toFixed(2)),
    average_captured_amount: (all) => rate(total('captured_amount')(all), of('captured')(known(all)), 2),
    refunds: (all) => sum(all.map((each) => each.refund_count)),
    refunded_payments: (all) => all.filter((each) => each.refund_count > 0).length,
    refund_rate: (all) => rate(total('refunded_amount')(all), total('captured_amount')(all)),
    unconverted_payments: (all) => all.length - known(all).length,
    average_capture_ms: (all) => rate(sum(took(all)), took(all).length, 0),
    p50_capture_ms: (all) => percentile(took(all), 0.5),
    p90_capture_ms: (all) => percentile(took(all), 0.9),
    p99_capture_ms: (all) => percentile(took(all), 0.99),
  };
  const dimensions = { provider: 'provider', method: 'method', currency: 'currency', status: 'status' };
  const filters = { provider: 'provider', method: 'method', currency: 'currency', status: 'status' };
  await compare({ report: 'payments', facts: converted, dimensions, filters, measures });
  await compare({
    report: 'payments',
    facts: original,
    dimensions,
    filters,
    measures,
    mustHave: ['currency'],
    always: '&amounts=original',
  });
  const early = await ask('/v1/reports/payments?amounts=original&currency=CHF');
  expect(early.data).toMatchObject([{ average_capture_ms: '-8999', p50_capture_ms: '-8999', p90_capture_ms: '-8998' }]);
  expect((await ask('/v1/reports/payments')).meta.currency).toBe('USD');
  expect((await ask('/v1/reports/payments?amounts=original&currency=EUR')).meta.currency).toBe('EUR');
  expect((await ask('/v1/reports/payments?amounts=original&by=currency')).meta.currency).toBe(null);
});

test('what the range cuts is marked, and every wrong parameter is named at once', async () => {
  const { meta } = await ask('/v1/reports/payments?grain=month&from=2024-02-01&to=2024-05-30');
  expect(meta.partial_periods).toEqual(['2024-05-01']);
  const wrong = async (path: string) =>
    (await shop.app.inject(`/v1/reports/${path}`))
      .json()
      .errors.map(({ parameter }: { parameter: string }) => parameter);
  expect(await wrong('payments?by=color&grain=hour&status=x&measures=y&template_id=1')).toEqual([
    ...['grain', 'by', 'measures', 'status', 'template_id'],
  ]);
  expect(await wrong('payments?amounts=original&from=2024-02-02&to=2024-02-01')).toEqual(['to', 'amounts']);
  expect(await wrong('payments?amounts=original&currency=EUR&currency=USD')).toEqual(['amounts']);
  expect(await wrong('sagas?by=service&measures=completion_rate')).toEqual(['measures']);
  expect(await wrong('sagas?measures=p90_step_ms')).toEqual(['measures']);
  expect(await wrong('notifications?template_id=x&status=opened')).toEqual(['template_id', 'status']);
});
