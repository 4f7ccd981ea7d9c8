import { setTimeout as sleep } from 'node:timers/promises';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { ensureBookkeeping } from '../../warehouse/load/bookkeeping.ts';
import { EVERY_TABLE, readAnswer, requestOfTable } from '../../warehouse/tables/table-requests.ts';
import { CLI_ERRORS } from '../errors.ts';

export interface SourcesResyncOptions {
  readonly name: string;
  readonly warehouse: WarehouseConfig;
  /** Names of the sources; null where only the warehouse is known. */
  readonly sources: readonly string[] | null;
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly json: boolean;
}

const POLL_MS = 200;

/**
 * Asks that a source be copied anew, and waits until that was taken up; it is written down, so an ingest that does not
 * run at the moment does it when it starts. Throws CLI_SOURCE_UNKNOWN, CLI_TABLE_REQUEST_FAILED, CLI_TABLE_REQUEST_PENDING.
 */
export async function sourcesResync(options: SourcesResyncOptions): Promise<void> {
  const { name, warehouse, sources, wait, timeoutMs, json } = options;
  if (sources !== null && !sources.includes(name)) {
    throw new MillraceError(CLI_ERRORS.sourceUnknown, `${name}; there are ${sources.join(', ')}`);
  }
  const logger = createLogger({ name: 'sources', level: 'silent' });
  const client = await connect({ config: warehouse, role: 'millrace', logger });
  const say = (outcome: string, text: string): void => {
    process.stdout.write(`${json ? JSON.stringify({ source: name, action: 'resync', outcome }) : text}\n`);
  };
  try {
    await ensureBookkeeping(client);
    const request = await requestOfTable(client, { source: name, table: EVERY_TABLE, action: 'resync' });
    if (!wait) return say('requested', `${name}: requested`);
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const answer = await readAnswer(client, request.id);
      if (answer?.outcome === 'failed') throw new MillraceError(CLI_ERRORS.tableRequestFailed, answer.detail);
      if (answer !== null) {
        return say('done', `${name} is copied anew under a new epoch; its tables stay readable until then`);
      }
      if (performance.now() > deadline) {
        throw new MillraceError(CLI_ERRORS.tableRequestPending, `${name}: no answer in ${timeoutMs} ms`);
      }
      await sleep(POLL_MS);
    }
  } finally {
    await client.close();
  }
}
