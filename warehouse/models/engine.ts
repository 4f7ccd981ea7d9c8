import type { ClickHouseClient } from '@clickhouse/client';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { warehouseLogin } from '../clickhouse/connect.ts';
import type { Engine } from './maintain/tables.ts';

/** The warehouse as whoever keeps models needs it: the client, and where queries go that it cannot send. */
export function engineOf(client: ClickHouseClient, config: WarehouseConfig): Engine {
  const { url, username, password } = warehouseLogin(config, 'millrace');
  return { client, target: { url: url.replace(/\/$/, ''), user: username, password } };
}
