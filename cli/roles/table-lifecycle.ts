import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Capture } from '../../ingest/capture.ts';
import { INGEST_ERRORS } from '../../ingest/errors.ts';
import type { CaptureProgress, TablePhase } from '../../ingest/progress.ts';
import type { StopReason } from '../../ingest/stop-reason.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { LOAD_ERRORS } from '../../warehouse/load/errors.ts';
import { openSourceStates, type SourceState, type SourceStates } from '../../warehouse/sources/source-states.ts';
import {
  answerRequest,
  EVERY_TABLE,
  pendingRequests,
  type TableAnswer,
  type TableRequest,
} from '../../warehouse/tables/table-requests.ts';
import { openTableStates, type TableState, type TableStates } from '../../warehouse/tables/table-states.ts';
import { ERROR_CATALOGUE } from '../error-catalogue.ts';

const POLL_MS = 1_000;
/** While no table is being copied, or waits to be. */
const POLL_AT_REST_MS = 2_000;

/**
 * Between the warehouse, where tables are asked about, and the captures, which know nothing of it: carries out what is
 * requested, and writes down what each table does. Until the signal aborts; a warehouse that is away is waited for.
 */
export async function followTables(options: {
  client: ClickHouseClient;
  captures: ReadonlyMap<string, Capture>;
  /** Copies a whole source anew. */
  resyncSource: (source: string) => Promise<void>;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { client, captures, logger, signal } = options;
  let states: TableStates | null = null;
  let sources: SourceStates | null = null;
  const isAtRest = (): boolean => [...captures.values()].every((capture) => isCopied(capture.progress()));
  while (!signal.aborted) {
    await sleep(isAtRest() ? POLL_AT_REST_MS : POLL_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      for (const request of await pendingRequests(client)) {
        const capture = captures.get(request.source);
        if (capture === undefined) continue; // Another process captures it.
        const answer = await carryOut(capture, request, options.resyncSource);
        if (answer === null) continue;
        await answerRequest(client, request, answer);
        logger.info(
          { source: request.source, table: request.table, action: request.action, ...answer },
          'table request',
        );
      }
      sources ??= await openSourceStates(client);
      await sources.record(
        [...captures.values()].map((capture) => sourceStateOf(capture.progress())),
        performance.now(),
      );
      states ??= await openTableStates(client, () => new Date());
      await states.record([...captures.values()].flatMap((capture) => statesOf(capture.progress())));
    } catch (error) {
      if (!signal.aborted) logger.debug({ err: error }, 'requests and states of tables: the warehouse does not answer');
    }
  }
}

/** Null when it cannot be said yet. */
async function carryOut(
  capture: Capture,
  request: TableRequest,
  resyncSource: (source: string) => Promise<void>,
): Promise<TableAnswer | null> {
  const names = capture.progress().tables.map(({ name }) => name);
  const found = matchingTables(names, request.table);
  try {
    if (request.table === EVERY_TABLE && request.action === 'resync') {
      await resyncSource(request.source);
      return { outcome: 'done', code: '', detail: EVERY_TABLE };
    }
    const [table] = found;
    if (table === undefined) {
      if (names.length === 0) return null; // Nothing is known of the source yet.
      throw new MillraceError(INGEST_ERRORS.tableUnknown, `${request.source} has no table ${request.table}`);
    }
    if (found.length > 1) {
      throw new MillraceError(INGEST_ERRORS.tableUnknown, `${request.table} may be ${found.join(' or ')}`);
    }
    if (request.action === 'quarantine') await capture.quarantine(table, reasonOf(request));
    else await capture[request.action](table);
    return { outcome: 'done', code: '', detail: table };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    if (error.code === INGEST_ERRORS.notRunning.code) return null;
    return { outcome: 'failed', code: error.code, detail: `${error.message}; ${error.remedy}` };
  }
}

/** Why a loader asks. */
function reasonOf({ code, detail: message }: TableRequest): StopReason {
  const { remedy } = ERROR_CATALOGUE.flatMap(({ errors }) => errors).find((error) => error.code === code) ?? {};
  return { code, message, remedy: remedy ?? LOAD_ERRORS.tableRefused.remedy };
}

/** Tables (`schema.table`) that were meant: by the whole name, else by the table's alone. */
export function matchingTables(names: readonly string[], asked: string): string[] {
  if (names.includes(asked)) return [asked];
  return names.filter((name) => name.slice(name.indexOf('.') + 1) === asked);
}

const COPYING: ReadonlySet<TablePhase> = new Set(['waiting', 'snapshotting', 'resyncing']);

function isCopied({ state, tables }: CaptureProgress): boolean {
  return state === 'streaming' && tables.every(({ phase }) => !COPYING.has(phase));
}

function sourceStateOf({ source, state, lastError, wal }: CaptureProgress): SourceState {
  const { code = '', message: detail = '', remedy = '' } = lastError ?? {};
  return { source, state, code, detail, remedy, wal };
}

/** Whole numbers: a state is written down when it changed. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

function statesOf({ source, tables }: CaptureProgress): TableState[] {
  return tables.map((table) => {
    const dot = table.name.indexOf('.');
    return {
      source,
      schema: table.name.slice(0, dot),
      table: table.name.slice(dot + 1),
      state: table.phase,
      code: table.code ?? '',
      detail: table.detail ?? '',
      remedy: table.remedy ?? '',
      since: table.since,
      snapshotRows: table.snapshotRows,
      snapshotBytes: table.snapshotBytes,
      snapshotDone: table.snapshotDone,
      snapshotRowsPerSecond: rounded(table.snapshotRowsPerSecond),
      snapshotSecondsLeft: rounded(table.snapshotSecondsLeft),
    };
  });
}
