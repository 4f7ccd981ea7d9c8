import { ByteSink } from './byte-sink.ts';

const MAX_KEPT = 24;
const MAX_KEPT_BYTES = 1 << 20;
const kept: ByteSink[] = [];

/**
 * An empty sink, large already where one was given back: memory beside the heap that comes and goes with each batch is what
 * the garbage collector runs for.
 */
export function takeSink(initialBytes: number): ByteSink {
  return kept.pop() ?? new ByteSink(initialBytes);
}

/** Nobody uses the sink, or what it held, any more. */
export function giveBack(sink: ByteSink): void {
  sink.length = 0;
  if (kept.length < MAX_KEPT && sink.bytes.length <= MAX_KEPT_BYTES) kept.push(sink);
}
