import type { Fetched, FetchedMessage } from '../../changelog/kafka/client/kafka-client.ts';
import { DebeziumEvent } from './event.ts';

/** What was read of one partition and not consumed yet; its first message is the head. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Offset to read on from. */
  next: bigint;
  bytes = 0;
  #messages: FetchedMessage[] = [];
  #at = 0;
  readonly #event = new DebeziumEvent();
  #isRead = false;

  constructor(topic: string, partition: number, next: bigint) {
    this.topic = topic;
    this.partition = partition;
    this.next = next;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#messages.length;
  }

  /** Offset of the first message that is not consumed. */
  get offset(): bigint {
    return this.#messages[this.#at]?.offset ?? this.next;
  }

  /** Call only for an empty queue. */
  fill({ messages, next }: Pick<Fetched, 'messages' | 'next'>): void {
    this.#messages = [...messages];
    this.#at = 0;
    this.#isRead = false;
    this.next = next;
    this.bytes = 0;
    for (const message of messages) this.bytes += message.valueBytes;
  }

  /** The message at the head; null when the queue is empty. Tombstones are passed over. */
  message(): FetchedMessage | null {
    for (;;) {
      const message = this.#messages[this.#at];
      if (message === undefined) return null;
      if (message.valueBytes > 0) return message;
      this.shift();
    }
  }

  /** The head as a row's event, valid until the next `shift`; null when the queue is empty. Throws a RangeError. */
  event(): DebeziumEvent | null {
    const message = this.message();
    if (message === null) return null;
    if (!this.#isRead) {
      this.#event.read(message.value as Buffer);
      this.#isRead = true;
    }
    return this.#event;
  }

  /** The head is consumed. */
  shift(): void {
    this.bytes -= this.#messages[this.#at]?.valueBytes ?? 0;
    this.#at++;
    this.#isRead = false;
    if (this.isEmpty) this.#forget();
  }

  /** Gives its memory back: what was not consumed is read again. */
  evict(): void {
    this.next = this.offset;
    this.#forget();
  }

  /** Begins again there. */
  rewind(to: bigint): void {
    this.next = to;
    this.#forget();
  }

  #forget(): void {
    this.#messages = [];
    this.#at = 0;
    this.#isRead = false;
    this.bytes = 0;
  }
}
