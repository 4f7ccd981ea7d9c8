import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of models of the test's own: text by path. */
export interface ModelsFolder {
  readonly path: string;
  write(files: Readonly<Record<string, string>>): void;
  remove(): void;
}

export function createModelsFolder(files: Readonly<Record<string, string>>): ModelsFolder {
  const path = mkdtempSync(join(tmpdir(), 'millrace-models-'));
  const write = (written: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(written)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    }
  };
  write({ 'dbt_project.yml': 'name: small\nversion: "1.0"\nprofile: millrace\n', ...files });
  return { path, write, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Orders of the shop: a view, a fact, a cube over it. */
export const SMALL_PROJECT = {
  'models/staging/stg_orders.sql': `{{ config(materialized='view') }}
    select id as order_id, assumeNotNull(customer_id) as customer_id, status, channel,
      assumeNotNull(ordered_at) as ordered_at
    from {{ source('order', 'orders') }}`,
  'models/facts/order_fact.sql': `{{ config(materialized='table', unique_key='order_id', meta={'maintenance': {
      'strategy': 'by_key', 'key': 'order_id', 'inputs': {'order.orders': 'id', 'order.order_items': 'order_id'}}}) }}
    select o.order_id as order_id, o.customer_id as customer_id, coalesce(o.status, '') as status, o.channel as channel,
      toDate32(o.ordered_at) as order_date, sum(toDecimal128(assumeNotNull(i.gross_amount), 2)) as amount
    from {{ ref('stg_orders') }} as o
    inner join {{ source('order', 'order_items') }} as i on i.order_id = o.order_id
    where o.status != '{{ var("never", "cancelled") }}'
    group by order_id, customer_id, status, channel, order_date`,
  'models/cubes/daily_cube.sql': `{{ config(materialized='table', unique_key='order_date', meta={'maintenance': {
      'strategy': 'additive', 'input': 'order_fact', 'entity': 'order_id', 'row_count': 'orders'}}) }}
    select order_date, sum(amount) as amount, count() as orders
    from {{ ref('order_fact') }}
    group by order_date`,
  'models/views/days.sql': `{{ config(materialized='view') }}
    select order_date, amount from {{ ref('daily_cube') }}`,
} as const;
