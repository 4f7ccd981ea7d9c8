import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import type { SourceConfig } from '../runtime/config/config.ts';
import { MillraceError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { DEMO_ERRORS } from './errors.ts';
import { type EmbeddedPostgres, startPostgres } from './postgres/embedded-postgres.ts';
import { readPurchaseLog, replayPurchases } from './purchases/replay.ts';
import { databaseOf, prepareServiceDatabases, REPLICATOR, SERVICES, type Service } from './services.ts';
import { HISTORY_DEFAULTS, writeHistory } from './traffic/history.ts';
import { startTraffic, type Traffic } from './traffic/live.ts';

export interface CompanyOptions {
  /** The company's own folder: `postgres/` and `replicator-password`. Made if missing; nothing else is touched. */
  folder: string;
  /** Port of Postgres; 0 (the default) picks a free one. */
  port?: number;
  seed: number;
  /** Replay this purchase log instead of simulating a past. */
  purchasesFile?: string;
  /** Orders of the simulated past, default 20,000. */
  historyOrders?: number;
  /** Customers of the simulated past, default 2,000. */
  historyCustomers?: number;
  /** End of the simulated past, Unix milliseconds; default the last midnight (UTC). */
  historyUntilMs?: number;
  logger: Logger;
  /** Told what is being done while it starts, one short line each. */
  onProgress?: (text: string) => void;
}

export interface Company {
  /** Pid of the postmaster. */
  readonly postgresPid: number;
  /** The services' databases as the role that capture uses. */
  readonly sources: Readonly<Record<Service, string>>;
  /** A service's database as superuser. */
  adminUrl(service: Service): string;
  sourceConfigs(): SourceConfig[];
  /** `rate` in row changes a second. More than one traffic may run at a time. */
  startTraffic(options: { rate: number; seed: number }): Promise<Traffic>;
  /** Stops all traffic, then Postgres. A second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Starts the example company in `folder`. The first time it makes the five databases and their history; after that it
 * continues with what is there. A first time that was cut short starts anew.
 * Throws what `startPostgres` and `readPurchaseLog` throw, and DEMO_OTHER_HISTORY.
 */
export async function startCompany(options: CompanyOptions): Promise<Company> {
  const folder = resolve(options.folder);
  // What cannot be read must not leave anything behind.
  const purchases = options.purchasesFile === undefined ? null : readPurchaseLog(options.purchasesFile);
  mkdirSync(folder, { recursive: true });
  options.onProgress?.('starting Postgres');
  const { logger, port = 0 } = options;
  const server = await startPostgres({ folder: join(folder, 'postgres'), port, logger });
  try {
    const password = readOrMakePassword(join(folder, 'replicator-password'));
    const urls = urlsBy((service) => server.url(databaseOf(service)));
    const origin = originOf(options);
    const known = await readOrigin(server);
    if (known !== null && conflicts(known, origin)) {
      throw new MillraceError(DEMO_ERRORS.otherHistory, `${folder} was made from ${known.kind}`);
    }
    if (known === null) {
      await dropDatabases(server);
      options.onProgress?.('making the databases of five services');
    }
    await prepareServiceDatabases({ url: server.url, replicatorPassword: password });
    if (known === null) {
      if (purchases === null) {
        const parameters = { ...HISTORY_DEFAULTS, ...historyParameters(options) };
        await writeHistory({ urls, parameters, ...progressOf(options) });
      } else {
        await replayPurchases({ urls, purchases, ...progressOf(options) });
      }
      await writeOrigin(server, origin);
      logger.info({ kind: origin.kind }, 'company made');
    }
    return openCompany({ server, urls, password, logger });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function openCompany(options: {
  server: EmbeddedPostgres;
  urls: Record<Service, string>;
  password: string;
  logger: Logger;
}): Company {
  const { server, urls, password, logger } = options;
  const sources = urlsBy((service) => server.url(databaseOf(service), { name: REPLICATOR, password }));
  const running = new Set<Traffic>();
  let stopping: Promise<void> | undefined;
  return {
    postgresPid: server.pid,
    sources,
    adminUrl: (service) => urls[service],
    sourceConfigs: () =>
      SERVICES.map((service) => ({
        name: service,
        url: sources[service],
        schemas: ['public'],
        tables: ['*'],
        exclude: [],
        snapshotConnections: 2,
      })),
    async startTraffic({ rate, seed }) {
      const traffic = await startTraffic({ urls, rate, seed, logger });
      running.add(traffic);
      logger.info({ rate, seed }, 'traffic started');
      return traffic;
    },
    stop() {
      stopping ??= Promise.all([...running].map((traffic) => traffic.stop())).then(() => server.stop());
      return stopping;
    },
  };
}

function urlsBy(url: (service: Service) => string): Record<Service, string> {
  return Object.fromEntries(SERVICES.map((service) => [service, url(service)])) as Record<Service, string>;
}

function progressOf({ onProgress }: CompanyOptions): { onProgress?: (text: string) => void } {
  return onProgress === undefined ? {} : { onProgress };
}

function historyParameters(options: CompanyOptions) {
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  return {
    seed: options.seed,
    untilMs: options.historyUntilMs ?? midnight,
    ...(options.historyOrders === undefined ? {} : { orders: options.historyOrders }),
    ...(options.historyCustomers === undefined ? {} : { customers: options.historyCustomers }),
  };
}

/** What a company's history was made from; written once all of it is there. */
interface Origin {
  readonly kind: 'a simulated past' | 'a purchase log';
  /** SHA-256 of the purchase log. */
  readonly digest: string | null;
}

function originOf({ purchasesFile }: CompanyOptions): Origin {
  if (purchasesFile === undefined) return { kind: 'a simulated past', digest: null };
  return { kind: 'a purchase log', digest: createHash('sha256').update(readFileSync(purchasesFile)).digest('hex') };
}

/** Without a log the company goes on with whatever it has; with one it must be that one. */
function conflicts(known: Origin, wanted: Origin): boolean {
  return wanted.digest !== null && wanted.digest !== known.digest;
}

async function readOrigin(server: EmbeddedPostgres): Promise<Origin | null> {
  return withMaintenance(server, async (client) => {
    await client.query('create table if not exists company_origin (kind text not null, digest text)');
    const { rows } = await client.query<Origin>('select kind, digest from company_origin');
    return rows[0] ?? null;
  });
}

async function writeOrigin(server: EmbeddedPostgres, origin: Origin): Promise<void> {
  await withMaintenance(server, (client) =>
    client.query('insert into company_origin (kind, digest) values ($1, $2)', [origin.kind, origin.digest]),
  );
}

/** What a first time that was cut short has left. */
async function dropDatabases(server: EmbeddedPostgres): Promise<void> {
  await withMaintenance(server, async (client) => {
    for (const service of SERVICES) {
      await client.query(`drop database if exists ${pg.escapeIdentifier(databaseOf(service))} with (force)`);
    }
  });
}

async function withMaintenance<T>(server: EmbeddedPostgres, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server.url('postgres') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function readOrMakePassword(file: string): string {
  try {
    const password = readFileSync(file, 'utf8').trim();
    if (password !== '') return password;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = randomBytes(24).toString('base64url');
  writeFileSync(`${file}.new`, `${made}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return made;
}
