import { ByteSink } from './byte-sink.ts';

/** Sinks that are used again: memory beside the heap that comes and goes is what the garbage collector runs for. */
export interface SinkPool {
  /** An empty sink: one that was given back, or a new one of so many bytes. */
  take(initialBytes: number): ByteSink;
  /** Nobody uses the sink, or what it held, any more. */
  giveBack(sink: ByteSink): void;
}

/** Keeps at most so many, none of which is larger than `maxBytes`. */
export function createSinkPool(options: { maxKept: number; maxBytes: number }): SinkPool {
  const kept: ByteSink[] = [];
  return {
    take: (initialBytes) => kept.pop() ?? new ByteSink(initialBytes),
    giveBack(sink) {
      sink.length = 0;
      if (kept.length < options.maxKept && sink.bytes.length <= options.maxBytes) kept.push(sink);
    },
  };
}
