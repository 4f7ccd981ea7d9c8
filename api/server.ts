import type { ClickHouseClient } from '@clickhouse/client';
import type { Config } from '../runtime/config/config.ts';
import type { Logger } from '../runtime/logger.ts';
import { connect } from '../warehouse/clickhouse/connect.ts';
import { buildApp } from './app.ts';
import type { ApiSettings } from './settings.ts';

export interface ApiServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Answers what was begun, then stops. A second call waits for the first. */
  close(): Promise<void>;
}

/** ClickHouse's own pool; more requests than this wait, within their time limit. */
const MAX_CONNECTIONS = 16;

/**
 * Serves the API on `config.api`, reading as the warehouse's user `reader`. An embedded warehouse must run already, since
 * its folder tells where (throws EMBEDDED_ENDPOINT_MISSING); but it need not answer: until it does, reports are answered
 * with 503. `connect` gives another client, which is closed with the server. `published` dispatches an event `published`
 * when there is a new watermark; `otherMetrics` says where the parts beside it serve theirs.
 */
export async function startApi(options: {
  config: Pick<Config, 'api' | 'warehouse'>;
  logger: Logger;
  connect?: () => Promise<ClickHouseClient>;
  published?: EventTarget;
  otherMetrics?: () => Readonly<Record<string, string>>;
  settings?: Partial<ApiSettings>;
}): Promise<ApiServer> {
  const { config, logger, settings, published, otherMetrics } = options;
  const client = await (options.connect?.() ??
    connect({ config: config.warehouse, role: 'reader', logger, maxConnections: MAX_CONNECTIONS }));
  try {
    const app = await buildApp({
      client,
      logger,
      settings: { ...(config.warehouse.horizonMs && { horizonMs: config.warehouse.horizonMs }), ...settings },
      ...(published && { published }),
      ...(otherMetrics && { otherMetrics }),
    });
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
