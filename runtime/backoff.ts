/** Milliseconds to wait before the n-th attempt after a failure (n from 1): doubling, bounded. */
export function backoffMs(failures: number, options: { firstMs: number; maxMs: number }): number {
  if (failures <= 0) return 0;
  return Math.min(options.maxMs, options.firstMs * 2 ** Math.min(failures - 1, 30));
}
