import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Writes a models folder of a test's own into a temporary folder, which the test removes. */
export async function writeProject(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-project-'));
  for (const [path, content] of Object.entries({ 'dbt_project.yml': 'name: written\n', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Orders with items; a fact kept by key, a cube of it, a view of both. */
export const SMALL_PROJECT = {
  'models/staging/stg_orders.sql': "select id as order_id from {{ source('shop', 'orders') }}",
  'models/staging/stg_items.sql': "select id as item_id, order_id, units from {{ source('shop', 'items') }}",
  'models/facts/sales_fact.sql': `{{ config(materialized='table', unique_key='item_id', meta={'maintenance': {
      'strategy': 'by_key', 'key': 'order_id', 'inputs': {'shop.orders': 'id', 'shop.items': 'order_id'}}}) }}
    select i.item_id as item_id, o.order_id as order_id, i.units as units
    from {{ ref('stg_orders') }} as o inner join {{ ref('stg_items') }} as i on i.order_id = o.order_id`,
  'models/cubes/units_cube.sql': `{{ config(materialized='table', unique_key='units', meta={'maintenance': {
      'strategy': 'additive', 'input': 'sales_fact', 'entity': 'order_id', 'row_count': 'lines'}}) }}
    select units, count() as lines from {{ ref('sales_fact') }} group by units`,
  'models/facts/days.sql': `{{ config(materialized='table', unique_key='day', meta={'maintenance': {'strategy': 'static'}}) }}
    select number as day from numbers(7)`,
  'models/views/report.sql':
    "select * from {{ ref('units_cube') }} as u inner join {{ ref('sales_fact') }} as s on s.units = u.units",
} as const;
