/**
 * Keeps changes of a table's columns apart from inserts into it: many inserts at once, or one change. An insert that the
 * server begins in one shape and ends in another may be refused, and one that came when a feed of the journal has just ended would not
 * be in the journal.
 */
export interface TableGate {
  /** An insert: waits while a change is under way or waiting. */
  pass<T>(insert: () => Promise<T>): Promise<T>;
  /** A change: waits for the inserts that are under way, and keeps later ones out until it is done. One at a time. */
  close<T>(change: () => Promise<T>): Promise<T>;
}

export function createTableGate(): TableGate {
  const passing = new Set<Promise<unknown>>();
  /** Settles, never rejects, when the last change that was asked for is done; null when there is none. */
  let closed: Promise<void> | null = null;

  return {
    async pass(insert) {
      while (closed !== null) await closed;
      const passed = insert();
      passing.add(passed);
      try {
        return await passed;
      } finally {
        passing.delete(passed);
      }
    },
    async close(change) {
      const before = closed;
      const changed = (async () => {
        if (before !== null) await before;
        await Promise.allSettled(passing);
        return change();
      })();
      const settled = changed.then(
        () => {},
        () => {},
      );
      closed = settled;
      try {
        return await changed;
      } finally {
        if (closed === settled) closed = null;
      }
    },
  };
}
