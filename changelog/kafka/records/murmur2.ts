/**
 * The partition of a key, as Kafka's own clients choose it: whoever produces with the same keys, or joins by them, finds
 * them in the same partition. A message without a key goes to partition 0, so that a table without keys stays in order.
 */
export function partitionOf(key: Buffer | null, start: number, end: number, partitions: number): number {
  if (key === null || partitions === 1) return 0;
  return (murmur2(key, start, end) & 0x7fffffff) % partitions;
}

/** org.apache.kafka.common.utils.Utils.murmur2, a signed integer. */
export function murmur2(bytes: Buffer, start: number, end: number): number {
  const M = 0x5bd1e995;
  const length = end - start;
  let hash = 0x9747b28c ^ length;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    let k = Math.imul(bytes.readInt32LE(i), M);
    k ^= k >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(k, M);
  }
  const rest = end - i;
  if (rest === 3) hash ^= (bytes[i + 2] as number) << 16;
  if (rest >= 2) hash ^= (bytes[i + 1] as number) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[i] as number), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}
