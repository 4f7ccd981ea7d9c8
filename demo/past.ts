import pg from 'pg';
import { MillraceError } from '../runtime/errors.ts';
import { DEMO_ERRORS } from './errors.ts';
import { SERVICES, type Service } from './services.ts';
import { HISTORY_DEFAULTS, writeHistory } from './traffic/history.ts';
import { openHistoryTables } from './traffic/history-tables.ts';

/**
 * Writes the simulated past into migrated databases that are empty. Where writing it was cut short, what was written is
 * truncated first, since the databases may be captured already. `urls` are a superuser's. Throws DEMO_NOT_EMPTY when
 * there are rows that it has not written.
 */
export async function ensurePast(options: {
  urls: Record<Service, string>;
  seed: number;
  orders: number;
  /** End of the past, Unix milliseconds; default the last midnight (UTC). */
  untilMs?: number;
  onProgress?: (text: string) => void;
}): Promise<void> {
  const { urls, seed, orders, untilMs = new Date().setUTCHours(0, 0, 0, 0), onProgress } = options;
  // Beside the record of migrations, which is not published.
  await query(urls.order, 'create table if not exists migrations.past (is_written boolean not null)');
  const [past] = await query(urls.order, 'select is_written from migrations.past');
  if (past?.is_written === true) return;
  const isBegun = past !== undefined;
  for (const service of SERVICES) {
    const filled = await filledTables(urls[service], service);
    if (filled.length === 0) continue;
    if (!isBegun) throw new MillraceError(DEMO_ERRORS.notEmpty, `${service}: ${filled.join(', ')}`);
    await query(urls[service], `truncate ${tablesOf(service).join(', ')}`);
  }
  if (!isBegun) await query(urls.order, 'insert into migrations.past values (false)');
  const parameters = { ...HISTORY_DEFAULTS, seed, orders, untilMs };
  await writeHistory({ urls, parameters, ...(onProgress === undefined ? {} : { onProgress }) });
  await query(urls.order, 'update migrations.past set is_written = true');
}

/** What the past fills; migrations fill others. Quoted. */
function tablesOf(service: Service): string[] {
  return Object.values(openHistoryTables()[service]).map(({ table }) => pg.escapeIdentifier(table));
}

async function filledTables(url: string, service: Service): Promise<string[]> {
  const checks = tablesOf(service).map(
    (name) => `select ${pg.escapeLiteral(name)} as name where exists (select from ${name})`,
  );
  return (await query(url, checks.join(' union all '))).map(({ name }) => String(name));
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
