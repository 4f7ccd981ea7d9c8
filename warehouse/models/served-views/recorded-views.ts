import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';
import { readShownTypes } from '../store/shown-types.ts';
import type { DeclaredView } from './read-served-views.ts';
import type { ServedView } from './served-view.ts';

export const SERVED_VIEWS_TABLE = `create table if not exists millrace.served_views (
    recorded_at DateTime64(6, 'UTC') default now64(6),
    views String comment 'JSON: keys, columns and SQL of the read models that readers see'
  ) engine = ReplacingMergeTree(recorded_at) order by tuple() ${TABLE_SETTINGS}
  comment 'read models, as the models that readers see declare them; the last row counts'`;

/** Tells readers what read models they see from now on. Columns that are not there are left out. */
export async function recordServedViews(client: ClickHouseClient, declared: readonly DeclaredView[]): Promise<void> {
  const types = await readShownTypes(client, declared);
  const views = declared.map(({ schema, columns, ...view }): ServedView => {
    const typed = columns.flatMap((column) => {
      const type = types.get(`${schema}.${view.name}.${column.name}`);
      return type === undefined ? [] : [{ ...column, type }];
    });
    return { ...view, columns: typed };
  });
  const shown = views.filter(({ key, columns }) => key.every((name) => columns.some((each) => each.name === name)));
  await client.insert({
    table: 'millrace.served_views',
    values: [{ views: JSON.stringify(shown) }],
    format: 'JSONEachRow',
  });
}

/** Gives the read models in one row, as `views` for `servedViewsOf`; no row while no models are kept. */
export const RECORDED_VIEWS = 'select views from millrace.served_views order by recorded_at desc limit 1';

export function servedViewsOf(text: string): readonly ServedView[] {
  return JSON.parse(text) as ServedView[];
}
