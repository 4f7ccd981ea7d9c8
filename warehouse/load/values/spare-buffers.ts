const FORGET_MS = 10_000;

/** Large buffers that were let go of, to be used again: a fresh one costs page faults when filled and garbage later. */
export interface SpareBuffers {
  /** One of at least `bytes`, or a fresh one of that size. */
  take(bytes: number): Buffer;
  /** Its bytes must not be needed any more, by anybody. */
  give(buffer: Buffer): void;
}

/** Smaller buffers are not worth keeping. */
const SPARE_BYTES = 1 << 20;

/** Keeps up to `count` buffers, of up to `maxBytes` each, for a while after the last use. */
export function createSpareBuffers(options: { count: number; maxBytes: number }): SpareBuffers {
  let spares: Buffer[] = [];
  let timer: NodeJS.Timeout | null = null;

  return {
    take(bytes) {
      const index = spares.findIndex((spare) => spare.length >= bytes);
      const [spare] = index < 0 ? [] : spares.splice(index, 1);
      return spare ?? Buffer.allocUnsafeSlow(bytes);
    },
    give(buffer) {
      if (buffer.length < SPARE_BYTES || buffer.length > options.maxBytes || spares.length >= options.count) return;
      spares.push(buffer);
      timer ??= setTimeout(() => {
        timer = null;
        spares = [];
      }, FORGET_MS).unref();
      timer.refresh();
    },
  };
}
