import { decimalNumber } from '../../parameters/decimal-number.ts';
import { choice, choices, date, identifiers, texts, wholeNumber } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import type { ParameterProblem } from '../../problems/problem.ts';
import { ABC, STATUSES, XYZ } from './classes.ts';

export const INVENTORY_GROUPS = ['product', 'warehouse', 'category'] as const;

/** What groups can be ordered by too. */
export const GROUP_ORDERS = [
  'on_hand',
  'reserved',
  'available',
  'inventory_value',
  'demand_units',
  'demand_value',
  'days_of_cover',
  'turnover',
] as const;
export type GroupOrder = (typeof GROUP_ORDERS)[number];

const ITEM_ORDERS = [
  'demand_per_day',
  'safety_stock',
  'reorder_point',
  'stock_out_risk',
  'days_without_stock',
  'days_since_sale',
] as const;
export type ItemOrder = GroupOrder | (typeof ITEM_ORDERS)[number];

const share = (fallback: number, description: string) => decimalNumber({ min: 0, max: 1, fallback, description });

export const INVENTORY_PARAMETERS = {
  by: choice(
    INVENTORY_GROUPS,
    null,
    'A row per product over all warehouses, or sums of the items of a warehouse or category. Default: a row per product and warehouse.',
  ),
  product_id: identifiers('Only these products. Several are alternatives.'),
  warehouse_id: identifiers('Only what is in these warehouses. Several are alternatives.'),
  category: texts('Only these categories, as products are now. Several are alternatives.'),
  status: choices(STATUSES, 'Only items in these states. Default: all.'),
  abc: choices(ABC, 'Only items of these classes. Default: all.'),
  xyz: choices(XYZ, 'Only items of these classes. Default: all, and those without a class.'),
  window_days: wholeNumber({ min: 1, max: 730, fallback: 90, description: 'Days whose demand is looked at.' }),
  window_end: date(
    'Last day of the window (UTC). Default: the last day with any movement of stock. Stock itself is always as it is at `as_of`.',
    '2026-06-30',
  ),
  method: choice(
    ['normal', 'empirical'],
    'normal',
    'How the demand of the lead time is estimated: as a normal distribution, or as it was in each run of so many days with stock.',
  ),
  service_level: decimalNumber({
    min: 0.5,
    max: 0.9999,
    fallback: 0.95,
    description: 'Probability that there is no stock-out between an order and its arrival.',
  }),
  lead_time_days: wholeNumber({
    min: 1,
    max: 365,
    fallback: 14,
    description: 'Days between an order and its arrival.',
  }),
  lead_time_deviation_days: decimalNumber({
    min: 0,
    max: 365,
    fallback: 0,
    description: 'Standard deviation of the lead time; with method=normal only.',
  }),
  order_cost: decimalNumber({
    min: 0.01,
    max: 1_000_000_000,
    fallback: null,
    description:
      'What placing one order costs, in the currency of costs. Without it there is no economic order quantity.',
  }),
  holding_rate: decimalNumber({
    min: 0.001,
    max: 10,
    fallback: 0.25,
    description: 'What holding stock for a year costs, as a share of its value.',
  }),
  abc_a: share(0.8, 'Class A has the items of highest demand until they make up this share of its value.'),
  abc_b: share(0.95, 'Class B has those behind them until both make up this share.'),
  xyz_x: decimalNumber({
    min: 0,
    max: 1000,
    fallback: 0.5,
    description: 'Largest coefficient of variation of class X.',
  }),
  xyz_y: decimalNumber({ min: 0, max: 1000, fallback: 1, description: 'Largest coefficient of variation of class Y.' }),
  dead_after_days: wholeNumber({
    min: 1,
    max: 3650,
    fallback: 180,
    description: 'Days without a sale that make stock dead.',
  }),
  order_by: choice(
    [...GROUP_ORDERS, ...ITEM_ORDERS],
    'demand_value',
    `Ties by product and warehouse, or by name of the group; those without a value last. Groups have: ${GROUP_ORDERS.join(', ')}.`,
  ),
  direction: choice(['asc', 'desc'], 'desc', 'Order of the rows.'),
  limit: wholeNumber({ min: 1, max: 10_000, fallback: 100, description: 'Rows at most.' }),
};

export type InventoryValues = ParameterValues<typeof INVENTORY_PARAMETERS>;

export function isGrouped(values: InventoryValues): values is InventoryValues & { by: 'warehouse' | 'category' } {
  return values.by === 'warehouse' || values.by === 'category';
}

export function isGroupOrder(order: ItemOrder): order is GroupOrder {
  return GROUP_ORDERS.some((each) => each === order);
}

export function wrongInventoryCombination(values: InventoryValues): readonly ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  if (values.abc_a > values.abc_b) {
    problems.push({ parameter: 'abc_b', problem: `less than abc_a (${values.abc_a})`, allowed: 'not less than abc_a' });
  }
  if (values.xyz_x > values.xyz_y) {
    problems.push({ parameter: 'xyz_y', problem: `less than xyz_x (${values.xyz_x})`, allowed: 'not less than xyz_x' });
  }
  if (values.method === 'empirical' && values.lead_time_deviation_days > 0) {
    problems.push({
      parameter: 'lead_time_deviation_days',
      problem: 'given with method=empirical, which looks at lead times of one length',
      allowed: '0, or method=normal',
    });
  }
  if (values.method === 'empirical' && values.lead_time_days > values.window_days) {
    problems.push({
      parameter: 'lead_time_days',
      problem: `longer than the window (${values.window_days} days), so that no run of days is long enough`,
      allowed: 'at most window_days, or method=normal',
    });
  }
  if (isGrouped(values) && !isGroupOrder(values.order_by)) {
    problems.push({
      parameter: 'order_by',
      problem: `by=${values.by} has no ${values.order_by}`,
      allowed: GROUP_ORDERS,
    });
  }
  return problems;
}
