const DAY_MS = 86_400_000;
/** Rows that are removed are worth the passes over a table when they are this share of it. */
const WORTHWHILE_SHARE = 1 / 16;
/** Differences are summed up when there is one for so many rows of the last fold. */
const ROWS_PER_DIFFERENCE = 4;

/** Whether the differences behind a cube's last fold are worth writing all of its cells again. */
export function isCubeFoldDue({ base, differences }: { base: number; differences: number }): boolean {
  return differences > 0 && differences * ROWS_PER_DIFFERENCE >= base;
}

/**
 * Whether rows that no state has any more are removed now. What that costs is a pass over the table, so it waits until there
 * are many; but not for longer than a day: such a row may be somebody's personal data.
 */
export function isRowFoldDue(options: { removable: number; rows: number; oldestAgeMs: number }): boolean {
  const { removable, rows, oldestAgeMs } = options;
  return removable > 0 && (removable >= rows * WORTHWHILE_SHARE || oldestAgeMs >= DAY_MS);
}
