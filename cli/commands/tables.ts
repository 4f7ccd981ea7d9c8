import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, WarehouseConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { ensureBookkeeping } from '../../warehouse/load/bookkeeping.ts';
import { readAnswer, requestOfTable, type TableAction } from '../../warehouse/tables/table-requests.ts';
import { CLI_ERRORS } from '../errors.ts';

export interface TablesOptions {
  readonly action: TableAction;
  /** `<source>.<table>` or `<source>.<schema>.<table>`. */
  readonly name: string;
  readonly warehouse: WarehouseConfig;
  /** Names of the sources; null where only the warehouse is known. */
  readonly sources: readonly string[] | null;
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly json: boolean;
}

const DONE: Readonly<Record<TableAction, string>> = {
  pause: 'is paused: its changes are passed over',
  resume: 'is taken in again: it is built anew',
  resync: 'is built anew beside its replica, which stays readable until then',
};
const POLL_MS = 200;

/**
 * Writes down what is asked of a table, and waits until it was taken up. Throws CLI_USAGE, CLI_SOURCE_UNKNOWN,
 * CLI_TABLE_REQUEST_FAILED, CLI_TABLE_REQUEST_PENDING.
 */
export async function tables(options: TablesOptions): Promise<void> {
  const { action, warehouse, wait, timeoutMs, json } = options;
  const { source, table } = parseTableName(options.name);
  if (options.sources !== null && !options.sources.includes(source)) {
    throw new MillraceError(CLI_ERRORS.sourceUnknown, `${source}; there are ${options.sources.join(', ')}`);
  }
  const client = await connect({
    config: warehouse,
    role: 'millrace',
    logger: createLogger({ name: 'tables', level: 'silent' }),
  });
  try {
    await ensureBookkeeping(client);
    const request = await requestOfTable(client, { source, table, action });
    if (!wait) {
      print({ ...request, outcome: 'requested' }, json, `${source}.${table}: requested`);
      return;
    }
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const answer = await readAnswer(client, request.id);
      if (answer?.outcome === 'failed') throw new MillraceError(CLI_ERRORS.tableRequestFailed, answer.detail);
      if (answer !== null) {
        print({ ...request, ...answer, table: answer.detail }, json, `${source}.${answer.detail} ${DONE[action]}`);
        return;
      }
      if (performance.now() > deadline) {
        throw new MillraceError(CLI_ERRORS.tableRequestPending, `${source}.${table}: no answer in ${timeoutMs} ms`);
      }
      await sleep(POLL_MS);
    }
  } finally {
    await client.close();
  }
}

/** Throws CLI_USAGE for what is no `<source>.<table>`. */
export function parseTableName(name: string): { source: string; table: string } {
  const dot = name.indexOf('.');
  if (dot <= 0 || dot === name.length - 1) {
    throw new MillraceError(CLI_ERRORS.usage, `${name} is no <source>.<table> or <source>.<schema>.<table>`);
  }
  return { source: name.slice(0, dot), table: name.slice(dot + 1) };
}

/** The warehouse that a configuration names, or that of a demo's folder. */
export function warehouseOf(options: { data: string | undefined; cwd: string; load: () => Config }): {
  warehouse: WarehouseConfig;
  sources: readonly string[] | null;
} {
  if (options.data === undefined) {
    const config = options.load();
    return { warehouse: config.warehouse, sources: config.sources.map(({ name }) => name) };
  }
  const folder = resolve(options.cwd, options.data);
  const warehouse = {
    url: `embedded:${resolve(folder, 'warehouse')}`,
    port: 0,
    nativePort: 0,
    maxMemoryBytes: 0,
    stateFolder: resolve(folder, 'state'),
  };
  return { warehouse, sources: null };
}

function print(document: object, json: boolean, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(document) : text}\n`);
}
