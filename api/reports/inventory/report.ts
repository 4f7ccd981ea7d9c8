import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report } from '../report.ts';
import { ABC, STATUSES, XYZ } from './classes.ts';
import { computeInventory } from './inventory.ts';
import { INVENTORY_PARAMETERS, wrongInventoryCombination } from './parameters.ts';

const units = (description: string) => ({ type: 'integer', description });
const amount = (description: string) => ({ type: 'number', description: `${description}; exact decimal, two places` });
const figure = (description: string) => ({
  type: ['number', 'null'],
  description: `${description}; up to four places`,
});
const text = (description: string) => ({ type: 'string', description });

export const inventory: Report<typeof INVENTORY_PARAMETERS> = {
  path: '/v1/reports/inventory',
  name: 'inventory',
  summary: 'What is in stock, how long it lasts, and when to order',
  description:
    'Stock of each product in each warehouse, with its demand over a window of days. Demand is what was shipped; **days without ' +
    'stock are left out of it, not counted as days without demand**. Stock of a past day is what is on hand now less what moved ' +
    'since. Goods in transit are not in the answer, since no source records them. Items are products and warehouses (with by=product: ' +
    'products) with a stock level or any movement; one without a stock level has none on hand. Classes compare the items that the ' +
    'filters by product, warehouse and category leave. Figures that cannot be had (no demand, a single day, no stock) are null.',
  parameters: INVENTORY_PARAMETERS,
  alsoWrong: wrongInventoryCombination,
  rowSchema: {
    type: 'object',
    required: [
      'on_hand',
      'reserved',
      'available',
      'inventory_value',
      'demand_units',
      'demand_value',
      'days_of_cover',
      'turnover',
    ],
    properties: {
      product_id: units('of an item'),
      sku: text('of an item'),
      product: text('of an item: the name of the product'),
      category: text('of an item, or by=category: as the product is now'),
      warehouse_id: units('without by, or by=warehouse'),
      warehouse: text('without by, or by=warehouse: its code'),
      items: units('of a group: its items'),
      products: units('of a group: its products'),
      on_hand: units('Units in stock'),
      reserved: units('Units that orders have set aside'),
      available: units('on_hand less reserved'),
      unit_cost: amount(
        'of an item: what the product costs now, in the currency of costs; 0 while the product is not known',
      ),
      inventory_value: amount('on_hand at unit_cost'),
      status: {
        enum: STATUSES,
        description:
          'of an item: dead, in stock and not sold for dead_after_days; idle, the same without stock; out_of_stock, nothing available; ' +
          'reorder, not more available than the reorder point; ok. What was never sold counts from its first movement.',
      },
      abc: { enum: ABC, description: 'of an item: by value of demand, cut at abc_a and abc_b' },
      xyz: {
        enum: [...XYZ, null],
        description: 'of an item: by demand_variation, cut at xyz_x and xyz_y; null without one',
      },
      ...Object.fromEntries(
        STATUSES.map((status) => [`items_${status}`, units(`of a group: items whose status is ${status}`)]),
      ),
      dead_value: amount('of a group: inventory_value of items whose status is dead'),
      days_with_stock: units('of an item: days of the window that demand was observed on'),
      days_without_stock: units('of an item: the other days of the window'),
      days_since_sale: {
        type: ['integer', 'null'],
        description: 'of an item: from the last shipment to the end of the window; null if there was none',
      },
      demand_units: units('Units shipped in the window; days on which more came back than left count as none'),
      demand_value: amount('demand_units at unit_cost'),
      demand_per_day: figure('of an item: mean of the days with stock, units'),
      demand_deviation: figure('of an item: standard deviation (of a sample) of the days with stock, units'),
      demand_variation: figure('of an item: demand_deviation divided by demand_per_day'),
      mean_stock: figure('of an item: units on hand at the end of a day, mean of all days of the window'),
      days_of_cover: figure('Days that what is available lasts at the mean demand; of a group: in value at cost'),
      turnover: figure('How often a year (365 days) the mean stock was shipped; of a group: in value at cost'),
      safety_stock: figure('of an item: reorder_point less the expected demand of the lead time, units'),
      reorder_point: figure('of an item: stock at which to order, for service_level and lead_time_days, units'),
      stock_out_risk: figure('of an item: probability that demand of the lead time is more than what is available'),
      economic_order_quantity: figure('of an item: sqrt(2 D S / (h c)), units; null without order_cost'),
    },
    additionalProperties: false,
  },
  metaProperties: {
    grain: { type: 'string', description: 'What one row is: product and warehouse, product, warehouse or category.' },
    window: {
      type: ['object', 'null'],
      description: 'The days whose demand is looked at; null when nothing ever moved.',
      required: ['from', 'to', 'bounds'],
      properties: {
        from: { type: 'string', format: 'date' },
        to: { type: 'string', format: 'date' },
        bounds: { type: 'string' },
      },
    },
    items: { type: 'integer', description: 'Items that the rows are, or are made of, before the limit.' },
    is_truncated: { type: 'boolean', description: 'There are more rows than the limit.' },
  },
  example: {
    data: [
      {
        product_id: 17,
        sku: 'KIT-0017',
        product: 'Chef knife',
        category: 'Knives',
        warehouse_id: 2,
        warehouse: 'BER',
        on_hand: 118,
        reserved: 6,
        available: 112,
        unit_cost: 21.4,
        inventory_value: 2525.2,
        status: 'ok',
        abc: 'A',
        xyz: 'Y',
        days_with_stock: 84,
        days_without_stock: 6,
        days_since_sale: 0,
        demand_units: 252,
        demand_value: 5392.8,
        demand_per_day: 3,
        demand_deviation: 2.1,
        demand_variation: 0.7,
        mean_stock: 96.5,
        days_of_cover: 37.3333,
        turnover: 10.5907,
        safety_stock: 12.9243,
        reorder_point: 54.9243,
        stock_out_risk: 0,
        economic_order_quantity: null,
      },
    ],
    meta: {
      report: 'inventory',
      ...META_EXAMPLE,
      rows: 1,
      grain: 'product and warehouse',
      window: { from: '2026-08-24', to: '2026-11-21', bounds: 'both days included' },
      items: 1,
      is_truncated: false,
      parameters: { by: null, window_days: 90, window_end: '2026-11-21', service_level: 0.95, lead_time_days: 14 },
    },
  },
  problemStatuses: [422],
  compute: computeInventory,
};
