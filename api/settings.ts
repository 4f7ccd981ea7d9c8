import { DEFAULT_HORIZON_MS } from '../runtime/config/config.ts';
import { DEFAULT_EXPORT_LIMITS, type ExportLimits } from './exports/limits.ts';

/** Limits of the API; the defaults are for one machine that does other work too. */
export interface ApiSettings {
  /** Time for all queries of one request together. */
  readonly requestTimeoutMs: number;
  /** Time for one file that is written while it is read. */
  readonly exportTimeoutMs: number;
  /** Memory that one query may take in the warehouse; null: what the warehouse allows the user. */
  readonly maxQueryMemoryBytes: number | null;
  /** Rows of one answer. */
  readonly maxRows: number;
  /** Rows of one file that is written while it is read. */
  readonly maxFileRows: number;
  /** Bytes of finished reports that are kept for as long as their watermark is asked for. */
  readonly maxCacheBytes: number;
  /** Rows that add up to cells of cubes, held in memory for all cubes together; some 100 bytes each. */
  readonly maxHeldRows: number;
  /** How long a published state can be asked for with `as_of` after a newer one came. */
  readonly horizonMs: number;
  /** What files take that are written beside the requests. */
  readonly exports: ExportLimits;
}

export const DEFAULT_SETTINGS: ApiSettings = {
  requestTimeoutMs: 15_000,
  exportTimeoutMs: 300_000,
  maxQueryMemoryBytes: null,
  maxRows: 50_000,
  maxFileRows: 10_000_000,
  maxCacheBytes: 32 * 1024 ** 2,
  maxHeldRows: 250_000,
  horizonMs: DEFAULT_HORIZON_MS,
  exports: DEFAULT_EXPORT_LIMITS,
};
