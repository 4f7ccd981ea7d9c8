import type { LoadedPosition } from '../../warehouse/load/positions/loaded-position.ts';

/** Sources load side by side: after a position of the first, this long for the others to be told with it. */
const COMPANY_MS = 40;
/** The longest that a position waits for a batch that is still on its way. */
const LATEST_MS = 200;

/** Tells whoever computes from the replicas how far they are, positions of all sources together where that is soon. */
export interface Telling {
  tell(position: LoadedPosition): void;
  /** Nothing is on its way: what is there is told now. */
  flush(): void;
}

export function createTelling(options: {
  send: (positions: readonly LoadedPosition[]) => void;
  /** Whether more is about to come. */
  isLoading: () => boolean;
}): Telling {
  let positions: LoadedPosition[] = [];
  let since = 0;
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (positions.length === 0) return;
    const told = positions;
    positions = [];
    options.send(told);
  }

  function flushUnlessLoading(): void {
    if (options.isLoading() && performance.now() - since < LATEST_MS)
      timer = setTimeout(flushUnlessLoading, COMPANY_MS);
    else flush();
  }

  return {
    tell(position) {
      if (positions.length === 0) since = performance.now();
      positions.push(position);
      timer ??= setTimeout(flushUnlessLoading, COMPANY_MS);
    },
    flush,
  };
}
