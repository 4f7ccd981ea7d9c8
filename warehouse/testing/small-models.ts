import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Over the shop's tables, one of each way in which models are kept; so small that a build of all takes a second. */
export const SMALL_MODELS = {
  'dbt_project.yml': 'name: small\nversion: "1.0"\nprofile: millrace\nmodel-paths: [models]\n',
  'models/staging/stg_items.sql': `{{ config(materialized='view') }}
    select id as item_id, assumeNotNull(order_id) as order_id, coalesce(product_id, 0) as product_id,
      toInt64(coalesce(quantity, 0)) as units, toDecimal128(coalesce(gross_amount, 0), 2) as amount
    from {{ source('order', 'order_items') }}`,
  'models/facts/line_fact.sql': `{{ config(materialized='table', unique_key='item_id', meta={'maintenance': {'strategy': 'by_key',
    'key': 'order_id', 'inputs': {'order.order_items': 'order_id', 'order.orders': 'id'}}}) }}
    select i.item_id as item_id, i.order_id as order_id, coalesce(o.customer_id, 0) as customer_id,
      i.product_id as product_id, coalesce(o.channel, '') as channel,
      coalesce(toDate32(o.ordered_at), toDate32('1970-01-01')) as order_date, i.units as units, i.amount as amount
    from {{ ref('stg_items') }} as i inner join {{ source('order', 'orders') }} as o on o.id = i.order_id`,
  'models/facts/customer_fact.sql': `{{ config(materialized='table', unique_key='customer_id', meta={'maintenance': {'strategy': 'by_key',
    'key': 'customer_id', 'inputs': {'line_fact': 'customer_id'}}}) }}
    select customer_id, max(f.amount) as largest, count() as lines from {{ ref('line_fact') }} as f group by customer_id`,
  'models/facts/activity_fact.sql': `{{ config(materialized='table', unique_key='activity_id', meta={'maintenance': {'strategy': 'by_key',
    'key': 'activity_id', 'inputs': {'user.activity': 'id'}}}) }}
    select id as activity_id, coalesce(kind, '') as kind from {{ source('user', 'activity') }}`,
  'models/cubes/product_cube.sql': `{{ config(materialized='table', unique_key=['product_id', 'channel'], meta={'maintenance': {'strategy': 'additive',
    'input': 'line_fact', 'entity': 'order_id', 'row_count': 'lines'}}) }}
    select product_id, channel, sum(units) as units, sum(amount) as amount, uniqExact(order_id) as orders, count() as lines
    from {{ ref('line_fact') }} group by product_id, channel`,
  'models/dimensions/product_dimension.sql': `{{ config(materialized='table', unique_key='product_id', meta={'maintenance': {'strategy': 'by_key',
    'key': 'product_id', 'inputs': {'inventory.products': 'id'},
    'lookups': [{'table': 'inventory.categories', 'key': 'id', 'from': 'inventory.products', 'column': 'category_id'}]}}) }}
    select p.id as product_id, coalesce(p.name, '') as name, coalesce(c.name, '') as category
    from {{ source('inventory', 'products') }} as p
    left join {{ source('inventory', 'categories') }} as c on c.id = p.category_id`,
  'models/dimensions/digit_dimension.sql': `{{ config(materialized='table', unique_key='digit', meta={'maintenance': {'strategy': 'static'}}) }}
    select number as digit, number % 2 = 0 as is_even from numbers(10)`,
  'models/views/products.sql': `{{ config(materialized='view') }}
    select product_id, sum(c.amount) as amount from {{ ref('product_cube') }} as c group by product_id`,
} as const;

/** Text by path; null: the file is not there. */
export type FolderChanges = Readonly<Record<string, string | null | ((text: string) => string)>>;

/** A folder of its own with these models, some of them changed. */
export async function writeSmallModels(changes: FolderChanges = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-small-'));
  await changeSmallModels(folder, { ...SMALL_MODELS, ...changes });
  return folder;
}

export async function changeSmallModels(folder: string, changes: FolderChanges): Promise<void> {
  for (const [path, change] of Object.entries(changes)) {
    const file = join(folder, path);
    if (change === null) await rm(file, { force: true });
    else {
      await mkdir(dirname(file), { recursive: true });
      const text = typeof change === 'string' ? change : change(SMALL_MODELS[path as keyof typeof SMALL_MODELS]);
      await writeFile(file, text);
    }
  }
}
