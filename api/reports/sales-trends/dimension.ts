import { modelAt } from '../../../warehouse/published/published.ts';
import type { RowsHeld } from '../../held/keyed-rows.ts';
import { UNKNOWN } from '../unknown.ts';

/** What rows of sales trends can be split by. */
export const DIMENSIONS = [
  'product',
  'category',
  'category_level_1',
  'category_level_2',
  'category_level_3',
  'segment',
  'region',
  'country',
  'channel',
  'currency',
  'payment_method',
  'new_or_returning',
] as const;
export type DimensionName = (typeof DIMENSIONS)[number];

/** What a scan `s` is joined with, under the name of one letter. */
export type Joined = 'p' | 'c' | 'm' | 'n';

export interface Dimension {
  readonly name: DimensionName;
  /** Of text, over a scan `s` and what it needs. */
  readonly key: string;
  readonly needs: Joined | null;
  /** The cubes do not tell it apart: facts do. */
  readonly isOfFacts: boolean;
}

function known(column: string): string {
  return `ifNull(nullIf(${column}, ''), '${UNKNOWN}')`;
}

/** A category may have no name of its own and yet stand below one that has. */
function level(number: 1 | 2 | 3): string {
  return `if(p.category = '' and p.category_level = 0, '${UNKNOWN}', ${known(`p.category_level_${number}`)})`;
}

function dimension(name: DimensionName, key: string, needs: Joined | null = null, isOfFacts = false): Dimension {
  return { name, key, needs, isOfFacts };
}

/** Fixed expressions: nothing of a request gets into them. */
export const DIMENSION_SQL: Readonly<Record<DimensionName, Dimension>> = {
  product: dimension('product', 'toString(s.product_id)'),
  category: dimension('category', known('p.category'), 'p'),
  category_level_1: dimension('category_level_1', level(1), 'p'),
  category_level_2: dimension('category_level_2', level(2), 'p'),
  category_level_3: dimension('category_level_3', level(3), 'p'),
  segment: dimension('segment', known('c.segment'), 'c', true),
  region: dimension('region', known('s.region')),
  country: dimension('country', known('s.country')),
  channel: dimension('channel', known('s.channel')),
  currency: dimension('currency', known('s.currency')),
  payment_method: dimension('payment_method', known('m.method'), 'm', true),
  new_or_returning: dimension(
    'new_or_returning',
    `multiIf(s.customer_id = 0, '${UNKNOWN}', s.day <= n.first_day, 'new', 'returning')`,
    'n',
    true,
  ),
};

const OF_PRODUCTS = Object.values(DIMENSION_SQL).filter(({ needs }) => needs === 'p');

/** What products are told apart by, to be held in memory. */
export const PRODUCT_ROWS: RowsHeld = {
  model: 'product_dimension',
  key: 'product_id',
  alias: 'p',
  columns: [...OF_PRODUCTS.map(({ name, key }) => [name, key] as const), ['sku', 'p.sku'], ['product', 'p.name']],
};

/** Joins of a scan; `dayOf` makes the business day of a moment. */
export function joinSql(joined: Joined, dayOf: (moment: string) => string): string {
  switch (joined) {
    case 'p':
      return `left any join (select * from ${modelAt('product_dimension')}) as p on p.product_id = s.product_id`;
    case 'c':
      return `left any join (select customer_id, segment from ${modelAt('customer_dimension')}) as c on c.customer_id = s.customer_id`;
    case 'm':
      // One method for each order, so that its sales are in one row: that of its largest captured payment.
      return `left any join (
        select order_id, argMax(method, (captured_amount, -payment_id)) as method
        from ${modelAt('payment_fact')}
        where payment_status = 'captured'
        group by order_id
      ) as m on m.order_id = s.order_id`;
    case 'n':
      return `left any join (
        select customer_id, ${dayOf('first_order_at')} as first_day
        from ${modelAt('customer_ltv_analysis')}
      ) as n on n.customer_id = s.customer_id`;
  }
}

const NAME = { type: ['string', 'null'] };

/** JSON Schema of the fields by which a row is told apart. */
export const DIMENSION_PROPERTIES = {
  product_id: {
    type: ['integer', 'null'],
    description: 'by=product; null in a subtotal over products and in `(other)`',
  },
  sku: { ...NAME, description: 'by=product' },
  product: { ...NAME, description: 'by=product: its name' },
  category: { ...NAME, description: 'by=category: as the product is now' },
  category_level_1: { ...NAME, description: 'by=category_level_1: root of the category tree, as the product is now' },
  category_level_2: { ...NAME, description: 'by=category_level_2: the deepest there is where the tree ends before' },
  category_level_3: { ...NAME, description: 'by=category_level_3: the deepest there is where the tree ends before' },
  segment: { ...NAME, description: 'by=segment: of the customer, as it is now' },
  region: { ...NAME, description: 'by=region: of the order' },
  country: { ...NAME, description: 'by=country: of the order (ISO 3166)' },
  channel: { ...NAME, description: 'by=channel: of the order' },
  currency: { ...NAME, description: 'by=currency: that the order was sold in (ISO 4217)' },
  payment_method: { ...NAME, description: "by=payment_method: of the order's largest captured payment" },
  new_or_returning: {
    ...NAME,
    description: "by=new_or_returning: `new` on the business day of the customer's first order, `returning` after it",
  },
};
