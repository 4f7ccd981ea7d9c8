import type { LoadedPosition } from '../load/positions/loaded-position.ts';
import { momentOf } from './history/moment.ts';
import type { RowStoreState } from './rows/row-store.ts';
import type { PublishedPosition, Watermark } from './store/watermarks.ts';

/** A batch that was given up keeps its number. */
export function nextBatch(published: Watermark | null, aborted: readonly string[]): string {
  const used = [published?.watermark ?? '0', ...aborted].map(BigInt);
  return (used.reduce((a, b) => (a > b ? a : b)) + 1n).toString();
}

/** When versions of snapshots begin and end that do so in the state at these positions. */
export function momentAfter(published: Watermark | null, positions: readonly PublishedPosition[]): string {
  return momentOf(positions, published?.moment ?? null);
}

/** Whether the rows that are kept belong to what is published. */
export function fits(state: RowStoreState | null, published: Watermark | null): boolean {
  if (state === null || published === null || state.generation !== published.generation) return false;
  return BigInt(state.watermark) <= BigInt(published.watermark);
}

/** A source that is copied anew stays where it was published last until it is a state that it really had again. */
export function publishable(
  loaded: readonly LoadedPosition[],
  published: readonly PublishedPosition[],
): readonly PublishedPosition[] {
  return loaded.map((position) => {
    if (position.consistent) return position;
    return published.find(({ source }) => source === position.source) ?? position;
  });
}

export function floorsOf(positions: readonly PublishedPosition[]): Record<string, string> {
  return Object.fromEntries(positions.map((position) => [position.source, position.floor]));
}
