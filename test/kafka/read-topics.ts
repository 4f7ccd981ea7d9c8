import type { FetchedMessage, KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';

/** All messages of a topic, partition after partition. */
export async function readTopic(client: KafkaClient, topic: string): Promise<FetchedMessage[]> {
  const messages: FetchedMessage[] = [];
  for (const { partition, first, next } of await client.offsets(topic)) {
    for (let offset = first; offset < next; ) {
      const [fetched] = await client.fetch([{ topic, partition, offset }], { maxBytes: 8 << 20, maxWaitMs: 500 });
      if (fetched === undefined || fetched.next === offset) break;
      messages.push(...fetched.messages);
      offset = fetched.next;
    }
  }
  return messages;
}
