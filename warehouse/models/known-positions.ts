import type { LoadedPosition } from '../load/positions/loaded-position.ts';

/** The loader's positions: read now and then, and told in between, so that a batch need not begin with asking. */
export interface KnownPositions {
  tell(position: LoadedPosition): void;
  /** Of all sources, by name. Rejects as the reading does. */
  current(): Promise<readonly LoadedPosition[]>;
  /** They are read the next time. */
  forget(): void;
}

export function createKnownPositions(options: {
  read: () => Promise<readonly LoadedPosition[]>;
  /** After so long they are read even when they were told: a word may be lost, a source may be gone. */
  maxAgeMs: number;
}): KnownPositions {
  const { read, maxAgeMs } = options;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let known = new Map<string, LoadedPosition>();

  function take(position: LoadedPosition, into: Map<string, LoadedPosition>): void {
    const held = into.get(position.source);
    if (held === undefined || BigInt(held.sequence) < BigInt(position.sequence)) into.set(position.source, position);
  }

  return {
    tell: (position) => take(position, known),
    async current() {
      const nowMs = performance.now();
      if (nowMs - readAtMs >= maxAgeMs) {
        const isRead = new Map((await read()).map((position) => [position.source, position]));
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
  };
}
