import type { PartitionOffsets } from '../client/kafka-client.ts';

/** What has become of the messages that a loader is to read next. */
export type Fate =
  | 'there'
  /** Deleted before they were read, in some partition: what comes behind them can be read. */
  | 'deleted'
  /** The topic is not there, or is another one of its name: its offsets mean nothing. */
  | 'topic-gone';

/** `next`: by partition, the offset to read on from. `ranges`: what the topic has; null when it is not there. */
export function fateOf(next: readonly bigint[], ranges: readonly PartitionOffsets[] | null): Fate {
  if (ranges === null || ranges.length < next.length) return 'topic-gone';
  if (next.some((offset, partition) => offset > (ranges[partition]?.next ?? 0n))) return 'topic-gone';
  if (ranges.some(({ first }, partition) => first > (next[partition] ?? 0n))) return 'deleted';
  return 'there';
}
