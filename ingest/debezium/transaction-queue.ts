import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { KAFKA_ERRORS } from '../../changelog/kafka/errors.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';
import { PartitionQueue } from './partition-queue.ts';
import { readTransaction, type Transaction } from './transaction.ts';

/** The ends of transactions, in the order of commits. */
export class TransactionQueue {
  readonly queue: PartitionQueue;
  #head: Transaction | null = null;

  constructor(queue: PartitionQueue) {
    this.queue = queue;
  }

  /** The next one that is over; null when none is at hand. Throws INGEST_DEBEZIUM_DIVERGED for what is none. */
  head(): Transaction | null {
    while (this.#head === null) {
      const message = this.queue.message();
      if (message === null) return null;
      try {
        this.#head = readTransaction(message.value as Buffer);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const place = `${this.queue.topic} at offset ${this.queue.offset}: ${error.message}`;
        throw new MillraceError(DEBEZIUM_ERRORS.diverged, place);
      }
      if (this.#head === null) this.queue.shift();
    }
    return this.#head;
  }

  /** It was handed over. */
  shift(): void {
    this.#head = null;
    this.queue.shift();
  }
}

/**
 * Opens the transaction topic; null while it is not there. Throws INGEST_DEBEZIUM_TRANSACTION_TOPIC and
 * INGEST_DEBEZIUM_TOPICS_CUT.
 */
export async function openTransactions(
  client: Pick<KafkaClient, 'offsets'>,
  topic: string,
  from: bigint,
): Promise<TransactionQueue | null> {
  try {
    const ranges = await client.offsets(topic);
    const [range] = ranges;
    if (range === undefined) return null;
    if (ranges.length > 1) {
      throw new MillraceError(DEBEZIUM_ERRORS.transactionTopic, `${topic} has ${ranges.length} partitions`);
    }
    if (from < range.first || from > range.next) {
      const detail = `${topic} has offsets ${range.first} to ${range.next}, and is to be read from ${from}`;
      throw new MillraceError(DEBEZIUM_ERRORS.topicsCut, detail);
    }
    return new TransactionQueue(new PartitionQueue(topic, range.partition, from));
  } catch (error) {
    if (error instanceof MillraceError && error.code === KAFKA_ERRORS.topicMissing.code) return null;
    throw error;
  }
}
