import pg from 'pg';
import { classifyError } from './classify-error.ts';
import { socketOf } from './wire.ts';

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
  ['lock_timeout', '0'],
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

export interface SessionOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly replication?: boolean;
  readonly connectTimeoutMs?: number;
}

/** Connects with the settings above; rejects with an error out of the catalogue. */
export async function openSession(options: SessionOptions): Promise<pg.Client> {
  const config: pg.ClientConfig & { replication?: string } = {
    connectionString: withSettings(options.url),
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 15_000,
    keepAlive: true,
  };
  if (options.replication === true) config.replication = 'database';
  const client = new pg.Client(config);
  client.on('error', () => {}); // Whoever uses the connection notices its end; an unhandled event would end the process.
  try {
    await client.connect();
    if (options.replication !== true) await client.query(NO_TRANSACTION_TIMEOUT);
  } catch (error) {
    throw classifyError(error);
  }
  return client;
}

/** Adds our settings behind those that the url's `options` parameter has. */
export function withSettings(url: string): string {
  const parsed = new URL(url);
  const settings = [...OUTPUT_SETTINGS, ...LIMIT_SETTINGS].map(([name, value]) => `-c ${name}=${value}`).join(' ');
  const given = parsed.searchParams.get('options');
  parsed.searchParams.set('options', given === null ? settings : `${given} ${settings}`);
  return parsed.toString();
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
