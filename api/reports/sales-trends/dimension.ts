import { UNKNOWN } from '../unknown.ts';
/** What a row of sales trends can be split by. */
export const DIMENSIONS = ['product', 'category', 'region', 'channel'] as const;
export type DimensionName = (typeof DIMENSIONS)[number];

/** A field that a dimension adds to each row. */
export interface DimensionField {
  readonly name: string;
  readonly kind: 'integer' | 'text';
  /** Over a scan `s` grouped by the dimension's key, with `p` joined when `needsProducts`. */
  readonly sql: string;
}

export interface Dimension {
  /** Expression over a scan `s` (and `p`) that cells are grouped by. */
  readonly key: string;
  readonly needsProducts: boolean;
  readonly fields: readonly DimensionField[];
}

function known(column: string): string {
  return `ifNull(nullIf(${column}, ''), '${UNKNOWN}')`;
}

export const CATEGORY_SQL = known('p.category');
export const REGION_SQL = known('s.region');
export const CHANNEL_SQL = known('s.channel');

/** Fixed expressions: nothing of a request gets into them. */
export const DIMENSION_SQL: Readonly<Record<DimensionName, Dimension>> = {
  product: {
    key: 's.product_id',
    needsProducts: true,
    fields: [
      { name: 'product_id', kind: 'integer', sql: 'toString(s.product_id)' },
      { name: 'sku', kind: 'text', sql: known('any(p.sku)') },
      { name: 'product', kind: 'text', sql: known('any(p.name)') },
    ],
  },
  category: {
    key: CATEGORY_SQL,
    needsProducts: true,
    fields: [{ name: 'category', kind: 'text', sql: CATEGORY_SQL }],
  },
  region: { key: REGION_SQL, needsProducts: false, fields: [{ name: 'region', kind: 'text', sql: REGION_SQL }] },
  channel: { key: CHANNEL_SQL, needsProducts: false, fields: [{ name: 'channel', kind: 'text', sql: CHANNEL_SQL }] },
};

export const NO_DIMENSION: Dimension = { key: '', needsProducts: false, fields: [] };

/** JSON Schema of the fields by which a row is told apart. */
export const DIMENSION_PROPERTIES = {
  product_id: { type: 'integer', description: 'by=product' },
  sku: { type: 'string', description: 'by=product' },
  product: { type: 'string', description: 'by=product: its name' },
  category: { type: 'string', description: 'by=category: as the product is now' },
  region: { type: 'string', description: 'by=region: of the order' },
  channel: { type: 'string', description: 'by=channel: of the order' },
};
