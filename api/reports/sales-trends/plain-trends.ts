import type { ClickHouseClient } from '@clickhouse/client';
import { decimalText, divided, unitsOf } from '../decimal.ts';
import { createPlainCalendar, type PlainCalendar, type Stretch } from './plain-calendar.ts';

/** The shop's facts as they are, for answers by plain arithmetic in memory: for comparing. */
export interface PlainFacts {
  readonly sales: readonly PlainSale[];
  readonly days: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

interface PlainSale {
  readonly seconds: number;
  readonly row: Readonly<Record<string, string>>;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface PlainRequest {
  readonly from: string;
  readonly to: string;
  readonly grain: string;
  readonly by: readonly string[];
  readonly measures: readonly string[];
  readonly of: string;
  readonly movingPeriods: number;
  readonly currency: string | null;
  readonly compare: string | null;
  readonly top: number | null;
  readonly topBy: string;
  readonly topOf: string | null;
  readonly subtotals: boolean;
  readonly timeZone: string;
  readonly weekStart: string;
  readonly calendar: string;
  readonly fiscalYearStart: number;
  readonly filters: readonly (readonly [name: string, values: readonly string[]])[];
}

type Row = Record<string, unknown>;

export async function readPlainFacts(client: ClickHouseClient): Promise<PlainFacts> {
  const read = async (query: string) => {
    const result = await client.query({ query, format: 'JSONCompactEachRowWithNames' });
    const [names = [], ...rows] = await result.json<(string | null)[]>();
    const columns = names.map((name) => String(name).replace(/^toString\((.*)\)$/, '$1'));
    return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? ''])));
  };
  const table = (name: string) => read(`select * apply(x -> toString(x)) from marts.${name}`);
  const [facts, products, customers, payments, days] = await Promise.all(
    ['sales_fact', 'product_dimension', 'customer_dimension', 'payment_fact', 'time_dimension'].map(table),
  );
  const productOf = new Map(products?.map((row) => [row.product_id, row]));
  const customerOf = new Map(customers?.map((row) => [row.customer_id, row]));
  const named = (text: string | undefined) => text || '(unknown)';
  const sales = (facts ?? []).map((row): PlainSale => {
    const product = productOf.get(row.product_id);
    const captured = (payments ?? []).filter(
      (payment) => payment.order_id === row.order_id && payment.payment_status === 'captured',
    );
    captured.sort((a, b) => Number(b.amount) - Number(a.amount) || Number(a.payment_id) - Number(b.payment_id));
    const level = (number: number) =>
      product === undefined || (product.category === '' && product.category_level === '0')
        ? '(unknown)'
        : named(product[`category_level_${number}`]);
    return {
      seconds: Math.floor(Date.parse(`${row.ordered_at?.replace(' ', 'T')}Z`) / 1000),
      row,
      dimensions: {
        product: row.product_id ?? '',
        sku: named(product?.sku),
        product_name: named(product?.name),
        category: named(product?.category),
        category_level_1: level(1),
        category_level_2: level(2),
        category_level_3: level(3),
        segment: named(customerOf.get(row.customer_id)?.segment),
        region: named(row.region),
        country: named(row.country),
        channel: named(row.channel),
        currency: named(row.currency),
        payment_method: named(captured[0]?.method),
      },
    };
  });
  return { sales, days: new Map(days?.map((row) => [row.date ?? '', row])) };
}

/** A sale with its place in time. */
interface Placed extends PlainSale {
  readonly point: number;
}

const AMOUNTS = ['gross_revenue', 'discounts', 'refunds', 'net_revenue', 'tax', 'cost', 'margin'];

export function plainTrends(facts: PlainFacts, asked: PlainRequest, publishedAt: string): Row[] {
  const calendar = createPlainCalendar(facts.days, asked, publishedAt);
  const placed = placedSales(facts.sales, asked, calendar);
  const periods = calendar.periods();
  const inRange = placed.filter(({ point }) =>
    periods.some(({ window }) => window.from <= point && point <= window.to),
  );

  const topOf = asked.top === null ? null : (asked.topOf ?? asked.by[0] ?? '');
  const ranks = new Map<string, number>();
  if (topOf !== null) {
    const values = [...Map.groupBy(inRange, ({ dimensions }) => dimensions[topOf] ?? '')];
    const measured = values.map(([value, sales]) => [value, rawOf(asked.topBy, sales, asked)] as const);
    measured.sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x > y ? -1 : 1));
    for (const [rank, [value]] of measured.slice(0, asked.top ?? 0).entries()) ranks.set(value, rank);
  }
  const keysOf = ({ dimensions }: PlainSale, depth: number) =>
    asked.by.slice(0, depth).map((name) => {
      const value = dimensions[name] ?? '';
      return name === topOf && !ranks.has(value) ? null : value;
    });

  const keyTexts = new Map(
    placed.map((sale) => [sale, asked.by.concat('').map((_, depth) => JSON.stringify(keysOf(sale, depth)))]),
  );
  const depths = asked.subtotals ? asked.by.map((_, depth) => depth).concat(asked.by.length) : [asked.by.length];
  const members = new Map<string, (string | null)[]>();
  const occur = (sales: readonly Placed[]) => {
    for (const sale of sales) {
      for (const depth of depths) members.set(JSON.stringify(keysOf(sale, depth)), keysOf(sale, depth));
    }
  };
  const within = (stretch: Stretch | null) =>
    stretch === null ? [] : placed.filter(({ point }) => stretch.from <= point && point <= stretch.to);
  occur(inRange);
  if (asked.compare !== null) for (const { previous } of periods) occur(within(previous?.window ?? null));
  if (depths.includes(0)) members.set('[]', []);
  const sorted = [...members.values()].sort((a, b) => order(a, b));

  return periods.flatMap((period) =>
    sorted.map((keys) => {
      const text = JSON.stringify(keys);
      const isOf = (sale: Placed) => keyTexts.get(sale)?.[keys.length] === text;
      const valuesOf = (stretch: typeof period.previous): Record<string, string | null> =>
        Object.fromEntries(
          asked.measures.map((name) => {
            if (stretch === null) return [name, null];
            const sales = within(stretch.window);
            const ofYear = within({ from: stretch.yearFrom, to: stretch.window.to }).filter(isOf);
            const own = sales.filter(isOf);
            const ofMoving = [...within(stretch.earlier).filter(isOf), ...own];
            return [name, measured(name, own, sales, ofYear, ofMoving, asked)];
          }),
        );
      const [now, before] = [valuesOf(period), valuesOf(period.previous)];
      return {
        period: period.label,
        ...fieldsOf(keys),
        ...(asked.subtotals && { subtotal_over: asked.by.slice(keys.length) }),
        ...now,
        previous: before,
        ...(asked.compare !== null && {
          previous_from: period.previous === null ? null : calendar.text(period.previous.window.from, false),
          previous_to: period.previous === null ? null : calendar.text(period.previous.window.to, true),
          change: Object.fromEntries(asked.measures.map((name) => [name, change(now[name], before[name], false)])),
          change_ratio: Object.fromEntries(asked.measures.map((name) => [name, change(now[name], before[name], true)])),
        }),
      };
    }),
  );

  function order(a: (string | null)[], b: (string | null)[]): number {
    for (const [index, name] of asked.by.entries()) {
      const [x, y] = [a[index], b[index]];
      if (x === y) continue;
      if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
      if (x === null || y === null) return x === null ? 1 : -1;
      if (name === topOf) return (ranks.get(x) ?? 0) - (ranks.get(y) ?? 0);
      if (name === 'product') return Number(x) - Number(y);
      return x < y ? -1 : 1;
    }
    return 0;
  }

  function fieldsOf(keys: (string | null)[]): Row {
    const fields: Row = {};
    for (const [index, name] of asked.by.entries()) {
      const key = keys[index];
      if (name !== 'product') fields[name] = key === null ? '(other)' : (key ?? null);
      else {
        const sale = placed.find(({ dimensions }) => dimensions.product === key);
        fields.product_id = key ?? null;
        fields.sku = key === undefined ? null : key === null ? '(other)' : sale?.dimensions.sku;
        fields.product = key === undefined ? null : key === null ? '(other)' : sale?.dimensions.product_name;
      }
    }
    return fields;
  }
}

/** What of the facts the filters let through, each at its day or hour, and whether its customer was new on the day. */
function placedSales(sales: readonly PlainSale[], asked: PlainRequest, calendar: PlainCalendar): Placed[] {
  const firstDays = new Map<string, number>();
  for (const { row, seconds } of sales) {
    const [customer, day] = [row.customer_id ?? '', calendar.dayOf(seconds)];
    firstDays.set(customer, Math.min(firstDays.get(customer) ?? day, day));
  }
  return sales.flatMap((sale) => {
    const { row, seconds } = sale;
    if (asked.currency !== null && row.currency !== asked.currency) return [];
    const isNew = calendar.dayOf(seconds) === firstDays.get(row.customer_id ?? '');
    const dimensions: Record<string, string> = {
      ...sale.dimensions,
      new_or_returning: row.customer_id === '0' ? '(unknown)' : isNew ? 'new' : 'returning',
    };
    const isIn = asked.filters.every(([name, values]) =>
      values.includes(dimensions[name === 'product_id' ? 'product' : name] ?? ''),
    );
    return isIn ? [{ ...sale, dimensions, point: calendar.pointOf(seconds) }] : [];
  });
}

function rawOf(name: string, sales: readonly PlainSale[], { currency }: PlainRequest): bigint {
  if (name === 'orders') return BigInt(new Set(sales.map(({ row }) => row.order_id)).size);
  if (name === 'customers') return BigInt(new Set(sales.map(({ row }) => row.customer_id)).size);
  if (name === 'units') return sales.reduce((sum, { row }) => sum + BigInt(row.units ?? '0'), 0n);
  const column = currency === null ? `reporting_${name}` : name;
  return sales.reduce((sum, { row }) => sum + unitsOf(row[column] || '0', 2), 0n);
}

function measured(
  name: string,
  own: readonly PlainSale[],
  all: readonly PlainSale[],
  ofYear: readonly PlainSale[],
  ofMoving: readonly PlainSale[],
  asked: PlainRequest,
): string | null {
  const { of } = asked;
  const raw = (measure: string, sales: readonly PlainSale[]) => rawOf(measure, sales, asked);
  const isAmount = AMOUNTS.includes(of);
  const ratio = (part: bigint, whole: bigint, places: number) =>
    whole === 0n ? null : decimalText(divided(part * 10n ** BigInt(places), whole), places);
  switch (name) {
    case 'average_order_value':
      return raw('orders', own) === 0n ? null : decimalText(divided(raw('net_revenue', own), raw('orders', own)), 2);
    case 'return_rate':
      return ratio(raw('refunds', own), raw('gross_revenue', own), 4);
    case 'contribution':
      return ratio(raw(of, own), raw(of, all), 4);
    case 'year_to_date':
      return decimalText(raw(of, ofYear), isAmount ? 2 : 0);
    case 'moving_average':
      return decimalText(divided(raw(of, ofMoving) * (isAmount ? 1n : 100n), BigInt(asked.movingPeriods)), 2);
    default:
      return decimalText(raw(name, own), AMOUNTS.includes(name) ? 2 : 0);
  }
}

function change(now: string | null | undefined, before: string | null | undefined, isRatio: boolean): string | null {
  if (now == null || before == null) return null;
  const places = now.split('.')[1]?.length ?? 0;
  const [is, was] = [unitsOf(now, places), unitsOf(before, places)];
  if (!isRatio) return decimalText(is - was, places);
  return was === 0n ? null : decimalText(divided((is - was) * 10_000n, was < 0n ? -was : was), 4);
}
