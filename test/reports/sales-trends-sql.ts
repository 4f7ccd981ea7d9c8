import { escapeLiteral as text } from 'pg';
import type { PlainRequest } from '../../api/reports/sales-trends/plain-trends.ts';
import { dayPeriods, hourPeriods } from './periods-sql.ts';

const AMOUNTS = ['gross_revenue', 'discounts', 'refunds', 'net_revenue', 'tax', 'cost', 'margin'];
const COUNTED = ['units', 'orders', 'customers'];

/** The report as one JSON document, `{data, totals, unconverted_lines, partial_periods, ranks}`: every number as text. */
export function salesTrendsSql(asked: PlainRequest, publishedAt: string): string {
  const { by, measures, subtotals } = asked;
  const periods = asked.grain === 'hour' ? hourPeriods(asked, publishedAt) : dayPeriods(asked, publishedAt);
  const topOf = asked.top === null ? null : (asked.topOf ?? (by[0] as string));
  const depths = subtotals ? by.map((_, depth) => depth).concat(by.length) : [by.length];
  const keys = by.map((name) =>
    name === topOf ? `case when ${name} in (select value from ranked) then ${name} else '(other)' end` : name,
  );
  const sets = [...new Set([...depths, 0])].map(
    (depth) =>
      `(n, kind${by
        .slice(0, depth)
        .map((_, i) => `, k${i}`)
        .join('')})`,
  );
  const depthOf = by.length === 0 ? '0' : by.map((_, i) => `(1 - grouping(k${i}))`).join(' + ');
  return `
    with recursive
    ${periods.sql},
    sales as materialized (
      select *, ${AMOUNTS.map((name) => `${asked.currency === null ? `r_${name}` : name} as own_${name}`).join(', ')},
        ${periods.point} as point
      from (
        select *, case
          when (ordered_at at time zone ${text(asked.timeZone)})::date = (first_order_at at time zone ${text(asked.timeZone)})::date
          then 'new' else 'returning'
        end as new_or_returning
        from sold
      ) as s
      where ${conditions(asked)}
    ),
    in_range as (select * from sales where exists (
      select from periods as p where sales.point >= p.lo and sales.point < p.hi
    )),
    ranked as (
      ${
        topOf === null
          ? 'select null::text as value, 0 as rank where false'
          : `select ${topOf} as value, row_number() over (order by ${totalOf(asked.topBy)} desc, ${topOf} collate "C") as rank
      from in_range group by ${topOf} order by rank limit ${asked.top}`
      }
    ),
    spans as (
      select n, 'now' as kind, lo, hi from periods
      union all select n, 'now_year', year_lo, hi from periods
      union all select n, 'now_moving', moving_lo, moving_hi from periods
      union all select n, 'now_moving', lo, hi from periods
      union all select n, 'was', was_lo, was_hi from periods
      union all select n, 'was_year', was_year_lo, was_hi from periods
      union all select n, 'was_moving', was_moving_lo, was_moving_hi from periods
      union all select n, 'was_moving', was_lo, was_hi from periods
    ),
    keyed as materialized (select *${keys.map((key, i) => `, ${key} as k${i}`).join('')} from sales),
    cells as materialized (
      select n, kind, ${depthOf} as depth, ${keyText(by.length)} as key,
        ${keys.map((_, i) => `k${i}, `).join('')}
        ${[...AMOUNTS, ...COUNTED].map((name) => `${totalOf(name)} as ${name}`).join(', ')}
      from spans join keyed on keyed.point >= spans.lo and keyed.point < spans.hi
      group by grouping sets (${sets.join(', ')})
    ),
    members as (
      select distinct depth, key${keys.map((_, i) => `, k${i}`).join('')} from cells
      where kind in ('now'${asked.compare === null ? '' : ", 'was'"}) and depth in (${depths.join(', ')})
      ${depths.includes(0) ? `union select 0, '0'${keys.map(() => ', null').join('')}` : ''}
    ),
    counted as (
      select p.n, p.label, p.was_lo is not null as has_previous, p.was_from, p.was_to, m.*,
        ${['now', 'was'].flatMap((when) => measures.map((name) => `${shownOf(name, when, asked)} as ${when}_${name}`)).join(',\n        ')}
      from periods as p
      cross join members as m
      ${['now', 'was']
        .map(
          (when) => `
      left join cells as ${when} on ${when}.n = p.n and ${when}.kind = '${when}' and ${when}.key = m.key
      left join cells as ${when}_all on ${when}_all.n = p.n and ${when}_all.kind = '${when}' and ${when}_all.key = '0'
      left join cells as ${when}_year on ${when}_year.n = p.n and ${when}_year.kind = '${when}_year' and ${when}_year.key = m.key
      left join cells as ${when}_moving on ${when}_moving.n = p.n and ${when}_moving.kind = '${when}_moving' and ${when}_moving.key = m.key`,
        )
        .join('')}
    ),
    named_products as (select distinct product, sku, product_name from sold)
    select json_build_object(
      'data', (select coalesce(json_agg(${rowJson(asked)} order by n), '[]') from counted),
      'ranks', (select coalesce(json_agg(value order by rank), '[]') from ranked),
      'partial_periods', (select coalesce(json_agg(label order by n) filter (where is_partial), '[]') from periods),
      'unconverted_lines', (select count(*) filter (where is_unconverted) from in_range)::text,
      'totals', (select ${totalsJson(asked)} from in_range having true)
    )::text`;
}

function conditions({ filters, currency }: PlainRequest): string {
  const all = filters.map(([name, values]) => {
    const column = name === 'product_id' ? 'product' : name;
    return `${column} in (${values.map((value) => text(value)).join(', ')})`;
  });
  if (currency !== null) all.push(`sold_in = ${text(currency)}`);
  return all.length === 0 ? 'true' : all.join(' and ');
}

/** A measure of sales that are grouped. */
function totalOf(name: string): string {
  if (name === 'orders') return 'count(distinct order_id)';
  if (name === 'customers') return 'count(distinct customer_id)';
  return `coalesce(sum(${name === 'units' ? name : `own_${name}`}), 0)`;
}

function keyText(depth: number): string {
  if (depth === 0) return "'0'";
  const depthText = Array.from({ length: depth }, (_, i) => `(1 - grouping(k${i}))`).join(' + ');
  const all = Array.from({ length: depth }, (_, i) => `case when grouping(k${i}) = 0 then k${i} end`).join(', ');
  return `case when ${depthText} = 0 then '0' else jsonb_build_array(${depthText}, ${all})::text end`;
}

function isAmount(name: string): boolean {
  return AMOUNTS.includes(name);
}

/** A measure as it is shown, of the cell `now` or `was`, the whole period's, and those of its year and moving average. */
function shownOf(name: string, when: string, { of, movingPeriods }: PlainRequest): string {
  const value = () => {
    if (name === 'average_order_value') return `quotient(${when}.net_revenue, ${when}.orders, 2)`;
    if (name === 'return_rate') return `quotient(${when}.refunds, ${when}.gross_revenue, 4)`;
    if (name === 'contribution') return `quotient(coalesce(${when}.${of}, 0), ${when}_all.${of}, 4)`;
    if (name === 'year_to_date') return `coalesce(${when}_year.${of}, 0)::numeric(38, ${isAmount(of) ? 2 : 0})`;
    if (name === 'moving_average') return `quotient(coalesce(${when}_moving.${of}, 0), ${movingPeriods}, 2)`;
    return `coalesce(${when}.${name}, 0)::numeric(38, ${isAmount(name) ? 2 : 0})`;
  };
  return when === 'now' ? value() : `case when p.was_lo is not null then ${value()} end`;
}

function rowJson(asked: PlainRequest): string {
  const { by, measures, compare, subtotals } = asked;
  const members = (value: (name: string) => string) =>
    `json_build_object(${measures.map((name) => `'${name}', (${value(name)})::text`).join(', ')})`;
  const fields = by.flatMap((name, i) => {
    if (name !== 'product') return [`'${name}'`, `k${i}`];
    const described = (column: string) =>
      `case when k${i} = '(other)' then k${i} else (select ${column} from named_products where product = k${i}) end`;
    return [
      "'product_id'",
      `nullif(k${i}, '(other)')`,
      "'sku'",
      described('sku'),
      "'product'",
      described('product_name'),
    ];
  });
  return `jsonb_build_object('period', label${fields.map((each) => `, ${each}`).join('')}
      ${subtotals ? `, 'subtotal_over', (array[${by.map((name) => `'${name}'`).join(', ')}]::text[])[depth + 1:]` : ''}
      ${measures.map((name) => `, '${name}', now_${name}::text`).join('')}
      , 'previous', ${members((name) => `was_${name}`)}
      ${
        compare === null
          ? ''
          : `, 'previous_from', was_from, 'previous_to', was_to
      , 'change', ${members((name) => `now_${name} - was_${name}`)}
      , 'change_ratio', ${members((name) => `quotient(now_${name} - was_${name}, abs(was_${name}), 4)`)}`
      })`;
}

function totalsJson({ measures }: PlainRequest): string {
  const shown = measures.filter((name) => !['contribution', 'year_to_date', 'moving_average'].includes(name));
  const value = (name: string) => {
    if (name === 'average_order_value') return `quotient(${totalOf('net_revenue')}, ${totalOf('orders')}, 2)`;
    if (name === 'return_rate') return `quotient(${totalOf('refunds')}, ${totalOf('gross_revenue')}, 4)`;
    return `${totalOf(name)}::numeric(38, ${isAmount(name) ? 2 : 0})`;
  };
  return `json_build_object(${shown.map((name) => `'${name}', (${value(name)})::text`).join(', ')})`;
}
