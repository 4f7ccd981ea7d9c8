/** Between the source and a topic in the key of what capture remembers of the topic. */
const TOPIC = '/topic/';

/** What stands in `millrace.capture-states` of a topic. */
interface TopicMemory {
  /** Those that its rows are spread over: as many as it had at first. */
  readonly partitions: number;
}

export function topicKey(source: string, topic: string): string {
  return `${source}${TOPIC}${topic}`;
}

/** By topic of the source, over how many partitions its rows are spread. */
export function readPartitionCounts(source: string, states: ReadonlyMap<string, unknown>): Map<string, number> {
  const prefix = `${source}${TOPIC}`;
  const counts = new Map<string, number>();
  for (const [key, value] of states) {
    if (key.startsWith(prefix)) counts.set(key.slice(prefix.length), (value as TopicMemory).partitions);
  }
  return counts;
}
