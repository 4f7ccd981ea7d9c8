import { TLSSocket } from 'node:tls';
import pg from 'pg';
import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import { classifyError } from '../classify-error.ts';
import { socketOf } from '../stream/wire.ts';
import { channelBindingOf, connectBound } from './channel-binding.ts';
import { tlsOf, withoutTlsParameters } from './tls.ts';

/**
 * Output settings of every session that row values come from: the walsender prints with its session's settings, COPY
 * with its own, and both must print the same text for the same value.
 */
const OUTPUT_SETTINGS = [
  ['datestyle', 'ISO'],
  ['intervalstyle', 'postgres'],
  ['timezone', 'UTC'],
  ['extra_float_digits', '3'],
  ['bytea_output', 'hex'],
  ['lc_monetary', 'C'],
  ['client_encoding', 'UTF8'],
  // Names inside values (regclass and the like) are printed with their schema.
  ['search_path', 'pg_catalog'],
] as const;

/**
 * Limits that a role may have for its users' sake and that would end a snapshot or an idle connection; and what would
 * make a copy take more of a source than its one session, or leave rows out without a word.
 */
const LIMIT_SETTINGS = [
  ['statement_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
  ['idle_session_timeout', '0'],
  ['max_parallel_workers_per_gather', '0'],
  ['jit', 'off'],
  // A policy that hides rows from us is an error, not a smaller table.
  ['row_security', 'off'],
] as const;

/** Since Postgres 17; a server that does not know it refuses it at the start. */
const NO_TRANSACTION_TIMEOUT =
  "select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout' and setting <> '0'";

const CONNECT_TIMEOUT_MS = 15_000;

export interface SessionOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly replication?: boolean;
  /** For the login, and for the first statement again. Default 15 s. */
  readonly connectTimeoutMs?: number;
  /** Longest that a statement waits for a lock; without it there is no limit. */
  readonly lockTimeoutMs?: number;
}

/**
 * Connects with the settings above, and TLS as the url's `sslmode` asks for. Its `application_name` and
 * `connect_timeout` (seconds) win over ours. Rejects with an error out of the catalogue.
 */
export async function openSession(options: SessionOptions): Promise<pg.Client> {
  const url = new URL(options.url);
  const { ssl, mayFallBack } = tlsOf(url);
  const timeoutSeconds = Number(url.searchParams.get('connect_timeout') ?? 0);
  const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1000 : (options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  const config: pg.ClientConfig & { replication?: string; enableChannelBinding?: boolean } = {
    connectionString: withSettings(withoutTlsParameters(url).toString(), options.lockTimeoutMs),
    application_name: options.applicationName,
    connectionTimeoutMillis: timeoutMs,
    keepAlive: true,
  };
  if (options.replication === true) config.replication = 'database';
  const binding = channelBindingOf(url);
  if (binding !== 'disable') config.enableChannelBinding = true;
  const first = new pg.Client({ ...config, ssl });
  try {
    return await connected(first, options, timeoutMs);
  } catch (error) {
    if (ssl === false || !refusesTls(first)) throw classifyError(error);
    if (!mayFallBack) throw new MillraceError(INGEST_ERRORS.tlsNotOffered, url.host, { cause: error });
  }
  try {
    return await connected(new pg.Client({ ...config, ssl: false }), options, timeoutMs);
  } catch (error) {
    throw classifyError(error);
  }
}

async function connected(
  client: pg.Client,
  { url, replication }: SessionOptions,
  timeoutMs: number,
): Promise<pg.Client> {
  client.on('error', () => {}); // Whoever uses the connection notices its end; an unhandled event would end the process.
  const parsed = new URL(url);
  if (channelBindingOf(parsed) === 'require') await connectBound(client, parsed.host);
  else await client.connect();
  if (replication !== true) await queryWithin(client, NO_TRANSACTION_TIMEOUT, timeoutMs);
  return client;
}

/** The driver's limit is for the login alone. */
async function queryWithin(client: pg.Client, sql: string, timeoutMs: number): Promise<void> {
  const silent = new MillraceError(INGEST_ERRORS.connectionSilent, `no answer to the first query for ${timeoutMs} ms`);
  const timer = setTimeout(() => socketOf(client).destroy(silent), timeoutMs);
  try {
    await client.query(sql);
  } finally {
    clearTimeout(timer);
  }
}

/** The server has answered the question for TLS, with the one byte that means no. */
function refusesTls(client: pg.Client): boolean {
  const socket = socketOf(client);
  return !(socket instanceof TLSSocket) && socket.bytesRead === 1;
}

/** Adds our settings behind those that the url's `options` parameter has. */
export function withSettings(url: string, lockTimeoutMs = 0): string {
  const parsed = new URL(url);
  const limits = [...LIMIT_SETTINGS, ['lock_timeout', lockTimeoutMs]];
  const settings = [...OUTPUT_SETTINGS, ...limits].map(([name, value]) => `-c ${name}=${value}`).join(' ');
  const given = parsed.searchParams.get('options');
  parsed.searchParams.set('options', given === null ? settings : `${given} ${settings}`);
  return parsed.toString();
}

/** Pid of the server's process behind a connection. Not in the typings, but in `pg` since its first version. */
export function backendPid(client: pg.Client): number | null {
  const { processID } = client as unknown as { processID: number | null };
  return processID;
}

/** Ends a connection without waiting for a server that does not answer. */
export async function closeSession(client: pg.Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 2000);
  });
  await Promise.race([client.end().catch(() => {}), late]);
  clearTimeout(timer);
  socketOf(client).destroy();
}
