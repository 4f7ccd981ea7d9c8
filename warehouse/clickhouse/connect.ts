import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { readEndpoint, type WarehouseUser } from '../embedded/endpoint.ts';
import { EMBEDDED_ERRORS } from '../embedded/errors.ts';
import { keptConnections } from './kept-connections.ts';

export interface ConnectOptions {
  readonly config: WarehouseConfig;
  /** Whose rights to use. An external server is used with the user that its URL names, whatever the role. */
  readonly role: WarehouseUser;
  readonly logger: Logger;
  /** Most requests at once; the default is 10. */
  readonly maxConnections?: number;
  /** Silence after which a request has failed. */
  readonly requestTimeoutMs?: number;
}

const EMBEDDED = 'embedded:';

/** The folder of an embedded warehouse, or null when the URL names a server. */
export function embeddedFolder(config: WarehouseConfig): string | null {
  return config.url.startsWith(EMBEDDED) ? config.url.slice(EMBEDDED.length) : null;
}

/** The server's base URL and login for a role. Throws EMBEDDED_ENDPOINT_MISSING while no embedded server runs. */
export function warehouseLogin(
  config: WarehouseConfig,
  role: WarehouseUser,
): { url: string; username: string; password: string; loopback: boolean } {
  const folder = embeddedFolder(config);
  if (folder !== null) {
    const endpoint = readEndpoint(folder);
    const password = endpoint.users[role];
    if (password === undefined) {
      throw new MillraceError(EMBEDDED_ERRORS.endpointMissing, `no user ${role} in the endpoint of ${folder}`);
    }
    return { url: `http://${endpoint.host}:${endpoint.httpPort}`, username: role, password, loopback: true };
  }
  const url = new URL(config.url);
  const username = decodeURIComponent(url.username) || 'default';
  const password = decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href, username, password, loopback: ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname) };
}

/**
 * A client for the warehouse, embedded or not. It connects when it is used: a server that is away, or is being
 * restarted, shows as an error of the query. Close it when done.
 */
export async function connect(options: ConnectOptions): Promise<ClickHouseClient> {
  const login = warehouseLogin(options.config, options.role);
  const client = createClient({
    url: login.url,
    username: login.username,
    password: login.password,
    application: 'millrace',
    // On loopback compressing costs more than it saves.
    compression: { request: false, response: !login.loopback },
    // The client's own clock for idle connections (`idle_socket_ttl`) also ends requests: one that is aborted while it waits for a
    // connection leaves a clock behind, which ends whatever the connection does 2.5 s later.
    keep_alive: { enabled: true, idle_socket_ttl: 0 },
    http_agent: keptConnections(login.url, { maxSockets: options.maxConnections ?? 10 }),
    request_timeout: options.requestTimeoutMs ?? 300_000,
    log: { level: ClickHouseLogLevel.OFF },
  });
  for (const name of CALLS) {
    const call: (...args: never[]) => Promise<unknown> = client[name].bind(client);
    Object.assign(client, { [name]: (...args: never[]) => call(...args).catch(throwWithCode) });
  }
  return client;
}

const CALLS = ['query', 'command', 'exec', 'insert'] as const;

/** What the client itself throws without an answer, a time-out, is a plain Error without a code: it gets the network's. */
function throwWithCode(error: unknown): never {
  const isPlain = error instanceof Error && Object.getPrototypeOf(error) === Error.prototype && !('code' in error);
  throw isPlain ? Object.assign(error, { code: 'ETIMEDOUT' }) : error;
}
