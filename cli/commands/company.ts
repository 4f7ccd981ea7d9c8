import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ensurePast } from '../../demo/past.ts';
import { migrateService, SERVICES, type Service } from '../../demo/services.ts';
import { startTraffic } from '../../demo/traffic/live.ts';
import { aborted } from '../../runtime/abortable.ts';
import type { Config } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { CLI_ERRORS } from '../errors.ts';
import { findSource } from './sources-sql.ts';

export interface CompanyMigrateOptions {
  readonly config: Config;
  /** Superuser of the five databases. */
  readonly user: string;
  readonly passwordFile: string;
  readonly cwd: string;
  readonly logger: Logger;
}

export interface CompanyRunOptions extends CompanyMigrateOptions {
  /** Row changes a second; 0 for none. */
  readonly rate: number;
  readonly orders: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/**
 * Brings the databases of the example company's services, which the configuration names as sources, up to the newest
 * migration, and gives the role that captures them the password that the configuration has. Again harmless. Throws
 * CLI_SOURCE_UNKNOWN, CLI_FILE_UNREADABLE and what the migrations throw.
 */
export async function companyMigrate(options: CompanyMigrateOptions): Promise<void> {
  const urls = adminUrls(options);
  for (const service of SERVICES) {
    const { password } = new URL(findSource(options.config, service).url);
    const replicatorPassword = decodeURIComponent(password);
    await migrateService({ url: urls[service], service, replicatorPassword });
    options.logger.info({ service }, 'database is migrated');
  }
}

/** Gives migrated databases a past if they have none, and then lives on from what they hold until the signal. */
export async function companyRun(options: CompanyRunOptions): Promise<void> {
  const { logger, rate, seed, orders, signal } = options;
  const urls = adminUrls(options);
  await ensurePast({ urls, seed, orders, onProgress: (text) => logger.info(text) });
  if (signal.aborted) return;
  if (rate === 0) return;
  const traffic = await startTraffic({ urls, rate, seed, logger });
  logger.info({ rate, seed }, 'traffic started');
  await aborted(signal);
  await traffic.stop();
}

/** The sources' databases with the superuser's login. */
function adminUrls({ config, user, passwordFile, cwd }: CompanyMigrateOptions): Record<Service, string> {
  const password = readSecret(resolve(cwd, passwordFile));
  const entries = SERVICES.map((service) => {
    const url = new URL(findSource(config, service).url);
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(password);
    url.search = '';
    return [service, url.href];
  });
  return Object.fromEntries(entries) as Record<Service, string>;
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new MillraceError(CLI_ERRORS.fileUnreadable, file, { cause: error });
  }
}
