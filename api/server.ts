import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { undecidedAccess } from '../runtime/config/access.ts';
import type { Config } from '../runtime/config/config.ts';
import { CONFIG_ERRORS } from '../runtime/config/errors.ts';
import { MillraceError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { connect } from '../warehouse/clickhouse/connect.ts';
import { buildApp } from './app.ts';
import { DEFAULT_EXPORT_LIMITS } from './exports/limits.ts';
import type { ApiSettings } from './settings.ts';

export interface ApiServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Answers what was begun, then stops. A second call waits for the first. */
  close(): Promise<void>;
}

/** ClickHouse's own pool; more requests than this wait, within their time limit. */
const MAX_CONNECTIONS = 16;
/** For the audit log, which only we write to. */
const WRITER_CONNECTIONS = 2;

/**
 * Serves the API on `config.api`, reading as the warehouse's user `reader`. An embedded warehouse must run already, since
 * its folder tells where (throws EMBEDDED_ENDPOINT_MISSING); but it need not answer: until it does, reports are answered
 * with 503. Throws CONFIG_ACCESS_UNDECIDED where others than this machine would reach it and nothing says who may ask. `connect`
 * gives another client, which is closed with the server. `published` dispatches an event `published`
 * when there is a new watermark; `otherMetrics` says where the parts beside it serve theirs.
 */
export async function startApi(options: {
  config: Pick<Config, 'api' | 'warehouse'>;
  logger: Logger;
  connect?: () => Promise<ClickHouseClient>;
  published?: EventTarget;
  otherMetrics?: () => Readonly<Record<string, string>>;
  onManyAsked?: () => void;
  settings?: Partial<ApiSettings>;
}): Promise<ApiServer> {
  const { config, logger, settings, published, otherMetrics, onManyAsked } = options;
  const { access } = config.api;
  const undecided = undecidedAccess(config.api);
  if (undecided !== null) throw new MillraceError(CONFIG_ERRORS.accessUndecided, `api.access ${undecided}`);
  if (access === undefined) {
    logger.warn({ host: config.api.host }, 'everybody on this machine may ask the api: api.access is not set');
  }
  const client = await (options.connect?.() ??
    connect({ config: config.warehouse, role: 'reader', logger, maxConnections: MAX_CONNECTIONS }));
  const rules = access === undefined || access === 'none' ? null : access;
  const writer =
    rules === null
      ? null
      : await connect({ config: config.warehouse, role: 'millrace', logger, maxConnections: WRITER_CONNECTIONS });
  const closeClients = async (): Promise<void> => {
    await client.close();
    await writer?.close();
  };
  try {
    const app = await buildApp({
      client,
      logger,
      settings: {
        ...(config.warehouse.horizonMs && { horizonMs: config.warehouse.horizonMs }),
        ...config.api.limits,
        ...(config.api.exports && { exports: { ...DEFAULT_EXPORT_LIMITS, ...config.api.exports } }),
        ...settings,
      },
      ...(config.warehouse.stateFolder !== '' && { exportsFolder: join(config.warehouse.stateFolder, 'exports') }),
      ...(config.api.corsOrigins && { corsOrigins: config.api.corsOrigins }),
      ...(rules !== null && writer !== null && { access: { rules, writer } }),
      ...(published && { published }),
      ...(otherMetrics && { otherMetrics }),
      ...(onManyAsked && { onManyAsked }),
    });
    const url = await app.listen({ host: config.api.host, port: config.api.port });
    logger.info({ url }, 'api listens');
    let closed: Promise<void> | undefined;
    return {
      url,
      close: () => {
        closed ??= app.close().then(closeClients);
        return closed;
      },
    };
  } catch (error) {
    await closeClients();
    throw error;
  }
}
