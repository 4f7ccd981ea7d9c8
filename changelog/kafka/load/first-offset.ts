import { packVersion } from '../../version.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { HEADER_NAME, readVersion } from '../publish/record-writer.ts';

const FETCH = { maxBytes: 1, maxPartitionBytes: 1, maxWaitMs: 500 };

/**
 * An offset from which on the partition has every message of this version or a later one. Versions rise with the offsets but
 * where a publisher has sent some again, and then all that follow as well: wherever among them the search ends, nothing
 * is missing behind it. Rows of a snapshot that stand right before it are taken along: they have no version of their place.
 */
export async function firstOffsetOf(
  client: KafkaClient,
  range: { topic: string; partition: number; first: bigint; next: bigint },
  version: bigint,
): Promise<bigint> {
  const { topic, partition } = range;

  /** Of the first message at the offset or behind it that has a version of the stream. */
  async function versionAt(from: bigint): Promise<{ version: bigint; offset: bigint } | null> {
    for (let offset = from; offset < range.next; ) {
      const [fetched] = await client.fetch([{ topic, partition, offset }], FETCH);
      if (fetched === undefined || fetched.next === offset) return null;
      for (const message of fetched.messages) {
        const bytes = message.header(HEADER_NAME.version);
        if (bytes?.length !== VERSION_BYTES) continue;
        const read = readVersion(bytes);
        if (read.ordinal !== 0) return { version: packVersion(read), offset: message.offset };
      }
      offset = fetched.next;
    }
    return null;
  }

  let low = range.first;
  let high = range.next;
  while (low < high) {
    const middle = (low + high) / 2n;
    const found = await versionAt(middle);
    if (found === null || found.version >= version) high = middle;
    else low = found.offset + 1n;
  }
  return low;
}

const VERSION_BYTES = 16;
