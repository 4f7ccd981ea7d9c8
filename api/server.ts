import { type ClickHouseClient, createClient } from '@clickhouse/client';
import type { Config } from '../runtime/config/config.ts';
import type { Logger } from '../runtime/logger.ts';
import { readEndpoint } from '../warehouse/embedded/endpoint.ts';
import { buildApp } from './app.ts';
import { type ApiSettings, DEFAULT_SETTINGS } from './settings.ts';

/** How to log in to the warehouse, over HTTP. */
export interface WarehouseLogin {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface ApiServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Answers what was begun, then stops. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Serves the API on `config.api`. Without `connect` it logs in as `warehouse.url` says; an embedded warehouse must run
 * already then (its folder tells where, and the user `reader` is used; throws EMBEDDED_ENDPOINT_MISSING). The warehouse
 * need not answer at the start: until it does, reports are answered with 503.
 */
export async function startApi(options: {
  config: Pick<Config, 'api' | 'warehouse'>;
  logger: Logger;
  connect?: WarehouseLogin;
  settings?: Partial<ApiSettings>;
}): Promise<ApiServer> {
  const { config, logger } = options;
  const settings: ApiSettings = { ...DEFAULT_SETTINGS, ...options.settings };
  const client = connectTo(options.connect ?? loginOf(config.warehouse.url), settings);
  try {
    const app = await buildApp({ client, logger, settings });
    const url = await app.listen({ host: config.api.host, port: config.api.port });
    logger.info({ url }, 'api listens');
    let closed: Promise<void> | undefined;
    return {
      url,
      close: () => {
        closed ??= app.close().then(() => client.close());
        return closed;
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

const EMBEDDED = 'embedded:';

function loginOf(warehouseUrl: string): WarehouseLogin {
  if (warehouseUrl.startsWith(EMBEDDED)) {
    const endpoint = readEndpoint(warehouseUrl.slice(EMBEDDED.length));
    const url = `http://${endpoint.host}:${endpoint.httpPort}`;
    return { url, username: 'reader', password: endpoint.users.reader };
  }
  const url = new URL(warehouseUrl);
  const username = decodeURIComponent(url.username) || 'default';
  const password = decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href, username, password };
}

function connectTo(login: WarehouseLogin, settings: ApiSettings): ClickHouseClient {
  return createClient({
    ...login,
    application: 'millrace-api',
    max_open_connections: 16,
    request_timeout: settings.requestTimeoutMs + 5_000, // ours ends first and is the one with a code
    keep_alive: { enabled: true, idle_socket_ttl: 10_000 },
    log: { level: 127 }, // errors are reported by who asked
  });
}
