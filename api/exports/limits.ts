/** What exports may take; the defaults are for one machine that does other work too. */
export interface ExportLimits {
  /** That are written at the same time. */
  readonly maxRunning: number;
  /** That wait for it. */
  readonly maxQueued: number;
  /** That one caller has, finished ones included. */
  readonly maxPerCaller: number;
  /** Of one file. */
  readonly maxFileBytes: number;
  /** Of all files together. */
  readonly maxTotalBytes: number;
  /** What exports leave of the disk, which others write to. */
  readonly minFreeDiskBytes: number;
  /** How long one is kept after its end. */
  readonly keepMs: number;
}

const GIB = 1024 ** 3;

export const DEFAULT_EXPORT_LIMITS: ExportLimits = {
  maxRunning: 2,
  maxQueued: 20,
  maxPerCaller: 20,
  maxFileBytes: 2 * GIB,
  maxTotalBytes: 10 * GIB,
  minFreeDiskBytes: GIB,
  keepMs: 24 * 3_600_000,
};
