import type { LoadedPosition } from '../load/positions/loaded-position.ts';

/** The loader's positions: read now and then, and told in between, so that a batch need not begin with asking. */
export interface KnownPositions {
  tell(position: LoadedPosition): void;
  /** Of all sources, by name. Rejects as the reading does. */
  current(): Promise<readonly LoadedPosition[]>;
  /** They are read the next time. */
  forget(): void;
  /** Until they are to be read again, in milliseconds. */
  dueMs(): number;
}

export function createKnownPositions(options: {
  read: () => Promise<readonly LoadedPosition[]>;
  /**
   * After so long they are read even when they were told: a word may be lost, a source may be gone. The first one after
   * a reading that brought something which nobody had told; each that brings nothing doubles it, up to the other.
   */
  minAgeMs: number;
  maxAgeMs: number;
}): KnownPositions {
  const { read, minAgeMs, maxAgeMs } = options;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let ageMs = minAgeMs;
  let known = new Map<string, LoadedPosition>();

  function isNews(position: LoadedPosition, to: ReadonlyMap<string, LoadedPosition>): boolean {
    const held = to.get(position.source);
    return held === undefined || BigInt(held.sequence) < BigInt(position.sequence);
  }

  function take(position: LoadedPosition, into: Map<string, LoadedPosition>): void {
    if (isNews(position, into)) into.set(position.source, position);
  }

  function dueMs(): number {
    return Math.max(0, readAtMs + ageMs - performance.now());
  }

  return {
    tell: (position) => take(position, known),
    async current() {
      if (dueMs() === 0) {
        const nowMs = performance.now();
        const isRead = new Map((await read()).map((position) => [position.source, position]));
        const hasNews = [...isRead.values()].some((position) => isNews(position, known));
        ageMs = hasNews ? minAgeMs : Math.min(maxAgeMs, ageMs * 2);
        // What was told meanwhile is newer than what was read.
        for (const position of known.values()) if (isRead.has(position.source)) take(position, isRead);
        known = isRead;
        readAtMs = nowMs;
      }
      return [...known.values()].toSorted((a, b) => (a.source < b.source ? -1 : 1));
    },
    forget() {
      readAtMs = Number.NEGATIVE_INFINITY;
    },
    dueMs,
  };
}
