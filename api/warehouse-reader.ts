import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { type AsOf, type Published, readPublishedThen } from '../warehouse/published/published.ts';
import { API_ERRORS, type ApiErrorDefinition } from './errors.ts';
import { createKeptRows } from './kept-rows.ts';
import type { ApiMetrics } from './metrics.ts';
import { ApiError } from './problems/problem.ts';
import type { PublishedWatermark } from './published-watermark.ts';
import { type SentRows, sentRows } from './sent-rows.ts';

/** One row as the warehouse printed it: every column is text, NULL is null. */
export type TextRow = Readonly<Record<string, string | null>>;

export interface ReaderQuery {
  /** Names the query in metrics and logs. */
  readonly name: string;
  /** Must give text columns only: numbers go through toString or toDecimalString. */
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A query whose result is passed on as the warehouse writes it. */
export interface FileQuery {
  /** Names the query in metrics and logs. */
  readonly name: string;
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly format: 'RawBLOB' | 'JSONEachRow' | 'ArrowStream' | 'Parquet';
  /** What comes before the first row. */
  readonly head?: string;
  /** Rows of ours that the query reads as the table `sent_rows`. */
  readonly rows?: SentRows;
}

/** Reads for one request: everything ends when its client goes away or its time is over. */
export interface RequestReader {
  /** Throws API_NOTHING_PUBLISHED while there is no watermark. `anew`: what is known of it is overtaken. */
  published(options?: { anew: boolean }): Promise<Published>;
  /** The state that was published then. Throws API_AS_OF_UNKNOWN, API_AS_OF_GONE, API_NOTHING_PUBLISHED. */
  publishedThen(asOf: AsOf): Promise<Published>;
  /** Throws API_AS_OF_GONE when the query's watermark cannot be read any more. */
  rows(query: ReaderQuery): Promise<readonly TextRow[]>;
  /**
   * The same of a query that is part of many answers at one watermark, which is one of its parameters: whoever sees the same rows shares
   * them.
   */
  kept(query: ReaderQuery): Promise<readonly TextRow[]>;
  /** The same, with what it cost. */
  measured(query: ReaderQuery): Promise<{ readonly rows: readonly TextRow[]; readonly cost: QueryCost }>;
  /**
   * The result as bytes, at the pace of whoever reads them. Rejects with what goes wrong before the first of them; later the
   * stream fails. Has a time limit of its own (`exportTimeoutMs`).
   */
  file(query: FileQuery): Promise<Readable>;
}

export interface QueryCost {
  /** Of tables, before anything was filtered that an index does not. */
  readonly rowsRead: string;
  readonly bytesRead: string;
  readonly seconds: number;
}

export interface WarehouseReader {
  forRequest(signal: AbortSignal): RequestReader;
  /**
   * Waits until a state that is published lacks nothing. Throws API_MIN_AS_OF_LATE with what it lacks after so many milliseconds,
   * API_NOTHING_PUBLISHED where there is none.
   */
  untilPublished(
    lacks: (state: Published) => readonly string[],
    options: { gone: AbortSignal; maxWaitMs: number },
  ): Promise<void>;
}

/**
 * Reads from the warehouse as its `reader` user. Errors are API_* codes; nothing of the driver gets past this file. The
 * client should have no time limit of its own below `requestTimeoutMs`.
 */
export function createWarehouseReader(options: {
  client: ClickHouseClient;
  watermark: PublishedWatermark;
  requestTimeoutMs: number;
  exportTimeoutMs: number;
  horizonMs: number;
  /** Of one query; null: what the warehouse allows the user. */
  maxQueryMemoryBytes: number | null;
  metrics: ApiMetrics;
}): WarehouseReader {
  const { client, watermark, requestTimeoutMs, exportTimeoutMs, horizonMs, maxQueryMemoryBytes, metrics } = options;
  const limits = (timeoutMs: number) => ({
    // With readonly, so that it also holds for a user that may write: aborting ends the query.
    readonly: '1' as const,
    cancel_http_readonly_queries_on_client_close: 1 as const,
    max_execution_time: Math.ceil(timeoutMs / 1000),
    ...(maxQueryMemoryBytes !== null && { max_memory_usage: String(maxQueryMemoryBytes) }),
  });
  const kept = createKeptRows();
  const reader: WarehouseReader = {
    async untilPublished(lacks, { gone, maxWaitMs }) {
      const signal = AbortSignal.any([gone, AbortSignal.timeout(maxWaitMs)]);
      let state: Published | null;
      try {
        state = await watermark.until((each) => lacks(each).length === 0, signal);
      } catch (error) {
        throw asApiError(error);
      }
      if (state === null) throw new ApiError(API_ERRORS.nothingPublished, 'there is no watermark yet');
      const lacking = lacks(state);
      if (lacking.length === 0) return;
      throw new ApiError(API_ERRORS.minAsOfLate, `after ${maxWaitMs / 1000} s: ${lacking.join('; ')}`);
    },
    forRequest(gone) {
      const late = AbortSignal.timeout(requestTimeoutMs);
      const signal = AbortSignal.any([gone, late]);
      const run = async <T>(
        name: string,
        work: () => Promise<T>,
        within = { signal, timeoutMs: requestTimeoutMs },
      ): Promise<T> => {
        const startedMs = performance.now();
        const stop = endWith(within.signal);
        try {
          within.signal.throwIfAborted();
          return await Promise.race([work(), stop.aborted]);
        } catch (error) {
          if (!within.signal.aborted || gone.aborted) throw asApiError(error);
          const detail = `nothing came within ${within.timeoutMs / 1000} s`;
          throw new ApiError(API_ERRORS.queryTimeout, detail, { cause: error });
        } finally {
          stop.release();
          metrics.querySeconds.observe({ query: name }, (performance.now() - startedMs) / 1000);
        }
      };
      return {
        published: ({ anew } = { anew: false }) =>
          run('published', async () => {
            if (anew) watermark.forget();
            const published = await watermark.read();
            if (published === null) throw new ApiError(API_ERRORS.nothingPublished, 'there is no watermark yet');
            return published;
          }),
        publishedThen: (asOf) =>
          run('published_then', async () => {
            const then = await readPublishedThen(client, asOf, horizonMs);
            if (then === null) throw new ApiError(API_ERRORS.nothingPublished, 'there is no watermark yet');
            if (then === 'unknown') throw new ApiError(API_ERRORS.asOfUnknown, 'there is no such state');
            if (then === 'gone') {
              throw new ApiError(API_ERRORS.asOfGone, `it is not within the last ${horizonMs / 1000} s`);
            }
            return then;
          }),
        rows: async (query) => (await measured(query)).rows,
        kept: (query) => kept.rows(query, gone, (shared) => reader.forRequest(shared).rows(query)),
        measured,
        file(query) {
          // A file takes as long as its reader does.
          const ended = AbortSignal.any([gone, AbortSignal.timeout(exportTimeoutMs)]);
          return run(query.name, () => openFile(query, ended), { signal: ended, timeoutMs: exportTimeoutMs });
        },
      };

      async function openFile(
        { name, sql, parameters, format, head = '', rows }: FileQuery,
        ended: AbortSignal,
      ): Promise<Readable> {
        const sent = rows === undefined ? null : sentRows(rows);
        const { stream } = await client.exec({
          query: `${sql}\nformat ${format}`,
          query_params: parameters as Record<string, unknown>,
          query_id: `api-${name}-${randomUUID()}`,
          abort_signal: ended,
          clickhouse_settings: { ...FILE_SETTINGS, ...sent?.settings, ...limits(exportTimeoutMs) },
          ...(sent && { values: sent.body, http_headers: { 'Content-Type': sent.contentType } }),
        });
        const onEnded = (): void => void stream.destroy(ended.reason);
        ended.addEventListener('abort', onEnded, { once: true });
        stream.once('close', () => ended.removeEventListener('abort', onEnded));
        if (head !== '') stream.unshift(Buffer.from(head));
        return stream;
      }

      function measured({ name, sql, parameters }: ReaderQuery) {
        return run(name, async () => {
          const result = await client.query({
            query: sql,
            query_params: parameters as Record<string, unknown>,
            query_id: `api-${name}-${randomUUID()}`,
            format: 'JSONEachRow',
            abort_signal: signal,
            clickhouse_settings: {
              // An error becomes a status instead of the end of a body that began well.
              wait_end_of_query: 1,
              ...limits(requestTimeoutMs),
            },
          });
          const rows = await result.json<TextRow>();
          const summary = JSON.parse(String(result.response_headers['x-clickhouse-summary'] ?? '{}'));
          const cost = {
            rowsRead: String(summary.read_rows ?? 0),
            bytesRead: String(summary.read_bytes ?? 0),
            seconds: Number(summary.elapsed_ns ?? 0) / 1e9,
          };
          return { rows, cost };
        });
      }
    },
  };
  return reader;
}

const FILE_SETTINGS = {
  output_format_decimal_trailing_zeros: 1,
  // Readers of Arrow in browsers cannot uncompress it; HTTP compresses what is sent.
  output_format_arrow_compression_method: 'none',
} as const;

/** Lets a wait end with a signal without leaving a listener behind. */
function endWith(signal: AbortSignal): { aborted: Promise<never>; release: () => void } {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(() => {}); // whoever races against it is told; alone it is nobody's error
  return { aborted, release: () => signal.removeEventListener('abort', onAbort) };
}

/** ClickHouse's error codes: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp */
const BY_CODE: Readonly<Record<string, ApiErrorDefinition>> = {
  46: API_ERRORS.nothingPublished, // UNKNOWN_FUNCTION: a parameterised view that is not there yet
  60: API_ERRORS.nothingPublished, // UNKNOWN_TABLE
  81: API_ERRORS.nothingPublished, // UNKNOWN_DATABASE
  159: API_ERRORS.queryTimeout, // TIMEOUT_EXCEEDED
  160: API_ERRORS.queryTimeout, // TOO_SLOW
  192: API_ERRORS.warehouseRefused, // UNKNOWN_USER
  193: API_ERRORS.warehouseRefused, // WRONG_PASSWORD
  194: API_ERRORS.warehouseRefused, // REQUIRED_PASSWORD
  201: API_ERRORS.warehouseBusy, // QUOTA_EXCEEDED
  202: API_ERRORS.warehouseBusy, // TOO_MANY_SIMULTANEOUS_QUERIES
  158: API_ERRORS.queryTooLarge, // TOO_MANY_ROWS
  241: API_ERRORS.warehouseBusy, // MEMORY_LIMIT_EXCEEDED
  307: API_ERRORS.queryTooLarge, // TOO_MANY_BYTES
  396: API_ERRORS.queryTooLarge, // TOO_MANY_ROWS_OR_BYTES
  395: API_ERRORS.asOfGone, // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO: a view at a watermark refuses it (MR-PUBLISHED-001)
  497: API_ERRORS.warehouseRefused, // ACCESS_DENIED
  516: API_ERRORS.warehouseRefused, // AUTHENTICATION_FAILED
};

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ClickHouseError) {
    const definition = passedOwnMemory(error)
      ? API_ERRORS.queryTooLarge
      : (BY_CODE[error.code] ?? API_ERRORS.queryFailed);
    return new ApiError(definition, `the warehouse answered with ${error.type ?? error.code}`, { cause: error });
  }
  if (error instanceof Error && isConnectionFault(error)) {
    return new ApiError(API_ERRORS.warehouseUnreachable, 'there is no connection to the warehouse', { cause: error });
  }
  return new ApiError(API_ERRORS.internal, 'an unexpected error', { cause: error });
}

/** The query's own limit and the whole server's have one code; only the text says which of them was passed. */
function passedOwnMemory({ code, message }: ClickHouseError): boolean {
  return code === '241' && /^Query memory limit exceeded/.test(message);
}

/** Node gives sockets' and name look-ups' errors a code; the client's own are plain errors. */
function isConnectionFault(error: Error): boolean {
  return ('code' in error && typeof error.code === 'string') || error.constructor === Error;
}
