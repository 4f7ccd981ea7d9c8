import { microsToText, textToMicros } from '../../clickhouse/moment.ts';

/**
 * What a version is valid from that was there when its history began: nobody knows since when. The warehouse holds no
 * earlier time, so that whatever happened finds a version.
 */
export const BEGINNING = '1900-01-01 00:00:00.000000';

export const MOMENT_TYPE = "DateTime64(6, 'UTC')";

/**
 * The time of a published state, as the data has it: the latest commit that any source contains. It always goes on, by a
 * microsecond where nothing newer was committed or a source's clock stepped back: no version is empty, no two of a key
 * begin at once.
 */
export function momentOf(positions: readonly { readonly committedAt: string }[], before: string | null): string {
  const latest = positions.map(({ committedAt }) => committedAt).reduce((a, b) => (a > b ? a : b), microsToText(0n));
  if (before === null || latest > before) return latest;
  return microsToText(textToMicros(before) + 1n);
}
