import { exactParse } from '../../api/fixture/exact-parse.ts';
import type { PlainRequest } from '../../api/reports/sales-trends/plain-trends.ts';
import type { RequestScope } from '../../api/reports/sales-trends/random-request.ts';
import { addressOf } from '../../api/reports/sales-trends/random-request.ts';
import { AWKWARD_STARTS, AWKWARD_ZONES } from './awkward-history.ts';
import { salesTrendsSql } from './sales-trends-sql.ts';
import type { SourcesInOne } from './sources-in-one.ts';

export type Row = Readonly<Record<string, unknown>>;

interface Answer {
  readonly data: readonly Row[];
  readonly meta: Row & { readonly published_at: string };
}

/** What of an answer the sources tell too, in an order that both can have: what is equal, is equal. */
export interface Comparable {
  readonly rows: readonly Row[];
  readonly more: Row;
}

export interface Compared {
  readonly address: string;
  readonly actual: Comparable;
  readonly expected: Comparable;
}

/** Asks for what there is in the sources, and now and then for what there is not. */
export async function scopeOf(sources: SourcesInOne): Promise<RequestScope> {
  const columns = [
    ...['product', 'category', 'category_level_1', 'category_level_2', 'category_level_3', 'segment', 'region'],
    ...['country', 'channel', 'payment_method'],
  ];
  const values = columns.map(
    (name) => `'${name}', (select json_agg(${name}) from (
      select ${name} from sold group by 1 order by count(*) desc, ${name} collate "C" limit 6) as most)`,
  );
  const found = JSON.parse(await sources.query(`select json_build_object(${values.join(', ')})::text`)) as Record<
    string,
    string[]
  >;
  const { product = [], ...others } = found;
  return {
    filters: {
      ...Object.fromEntries(Object.entries(others).map(([name, some]) => [name, [...some, '(unknown)', 'nowhere']])),
      product_id: [...product, '999'],
      new_or_returning: ['new', 'returning'],
    },
    currencies: ['EUR', 'USD', 'JPY', 'XXX', 'CHF'],
    starts: AWKWARD_STARTS,
    timeZones: AWKWARD_ZONES,
    everyCalendar: true,
  };
}

export async function compareTrends(
  asked: PlainRequest,
  { api, sources }: { api: string; sources: SourcesInOne },
): Promise<Compared> {
  const address = addressOf(asked);
  const response = await fetch(`${api}${address}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} to ${address}: ${body}`);
  const answer = exactParse<Answer>(body);
  const plain = JSON.parse(await sources.query(salesTrendsSql(asked, answer.meta.published_at))) as {
    data: Row[];
    ranks: string[];
  } & Record<string, unknown>;
  const { meta } = answer;
  return {
    address,
    actual: {
      rows: sorted(answer.data),
      more: {
        partial_periods: meta.partial_periods,
        unconverted_lines: meta.unconverted_lines,
        totals: meta.totals,
        ranks: ranksOf(answer.data, asked),
        periods: inOrder(answer.data.map(({ period }) => period)),
      },
    },
    expected: {
      rows: sorted(plain.data),
      more: {
        partial_periods: plain.partial_periods,
        unconverted_lines: isConverted(asked) ? plain.unconverted_lines : undefined,
        totals: asked.subtotals ? plain.totals : undefined,
        ranks: asked.top === null || asked.by.length > 1 ? [] : plain.ranks,
        periods: inOrder(plain.data.map(({ period }) => period)),
      },
    },
  };
}

export function sorted(rows: readonly Row[]): readonly Row[] {
  const keyed = rows.map((row) => ({ row, key: canonical(row) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}

/** Text that is the same for the same members, in whichever order. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${name} ${canonical(member)}`);
  return members.sort().join('\n');
}

/** Each once, as they come. */
function inOrder(values: readonly unknown[]): readonly unknown[] {
  return values.filter((value, index) => value !== values[index - 1]);
}

/** In which order the top values come, where they are the only dimension. */
function ranksOf(rows: readonly Row[], { by, top }: PlainRequest): readonly unknown[] {
  const [name = ''] = by;
  if (top === null || by.length > 1) return [];
  const field = name === 'product' ? 'product_id' : name;
  const values = rows.filter(({ period }) => period === rows[0]?.period).map((row) => row[field]);
  return values.filter((value) => value !== null && value !== '(other)');
}

/** Amounts that were sold in other currencies are in the answer. */
function isConverted({ currency, measures, of }: PlainRequest): boolean {
  const counts = ['units', 'orders', 'customers'];
  const ofOne = ['contribution', 'year_to_date', 'moving_average'];
  return currency === null && measures.some((name) => !counts.includes(ofOne.includes(name) ? of : name));
}
