/** Longer than any heartbeat, and than a batch takes: whoever is that far behind does not move. */
export const STILL_SECONDS = 60;

/**
 * Since when the published state has not followed the sources, and which hold it; null while it follows.
 * @param {import('./ask.js').Answer} lag @param {number} [now] milliseconds
 * @returns {{ since: string, seconds: number, held: { why: string, sources: string[] }[] } | null}
 */
export function stillSince(lag, now = Date.now()) {
  const { lag_seconds: lagSeconds } = lag.meta;
  if (lagSeconds === null || +lagSeconds < STILL_SECONDS) return null;
  const sources = lag.data
    .filter((/** @type {any} */ row) => row.lag_seconds.total === null || +row.lag_seconds.total >= STILL_SECONDS)
    .map((/** @type {any} */ row) => ({ source: row.source, why: whyOf(row) }));
  const reasons = Map.groupBy(sources, (/** @type {{ source: string, why: string }} */ { why }) => why);
  return {
    since: new Date(now - +lagSeconds * 1_000).toISOString(),
    seconds: +lagSeconds,
    held: [...reasons].map(([why, each]) => ({
      why,
      sources: each.map((/** @type {{ source: string }} */ { source }) => source),
    })),
  };
}

/** @param {any} row */
function whyOf(row) {
  if (row.capture !== null && row.capture.code !== null) return `${row.capture.state} (${row.capture.code})`;
  if (!row.is_whole) {
    const [table] = row.tables.not_streaming;
    return table === undefined ? 'not whole yet' : `${table.table} is ${table.state}`;
  }
  const { capture, publish } = row.lag_seconds;
  return capture !== null && publish !== null && +capture > +publish
    ? 'no news of its capture'
    : 'its changes wait for the models';
}
