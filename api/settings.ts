import { DEFAULT_HORIZON_MS } from '../runtime/config/config.ts';

/** Limits of the API; the defaults are for one machine that does other work too. */
export interface ApiSettings {
  /** Time for all queries of one request together. */
  readonly requestTimeoutMs: number;
  /** Rows of one answer. */
  readonly maxRows: number;
  /** Bytes of finished reports that are kept for as long as their watermark is asked for. */
  readonly maxCacheBytes: number;
  /** How long a published state can be asked for with `as_of` after a newer one came. */
  readonly horizonMs: number;
}

export const DEFAULT_SETTINGS: ApiSettings = {
  requestTimeoutMs: 15_000,
  maxRows: 50_000,
  maxCacheBytes: 32 * 1024 ** 2,
  horizonMs: DEFAULT_HORIZON_MS,
};
