import { isMissingTopic } from '../../changelog/kafka/gone.ts';
import type { CapturedTable } from './captured-table.ts';
import type { TopicEnds } from './debezium-book.ts';
import { READ } from './event.ts';
import type { Outside } from './outside.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { standingOf } from './standing.ts';
import type { TableSet } from './table-set.ts';
import type { TransactionQueue } from './transaction-queue.ts';
import { eventOf } from './unreadable.ts';

/** Where the transaction topic, and those of the captured tables, end now. */
export async function topicEnds(
  { offsets: ask }: Pick<Outside, 'offsets'>,
  transactionTopic: string,
  tables: TableSet,
): Promise<TopicEnds> {
  const endsOf = async (topic: string): Promise<string[]> => {
    const found: string[] = [];
    for (const { partition, next } of await ask(topic)) found[partition] = next.toString();
    return found;
  };
  const [transactions = '0'] = await endsOf(transactionTopic).catch((error) => {
    if (isMissingTopic(error)) return [];
    throw error;
  });
  const offsets: Record<string, string[]> = {};
  for (const { topic } of tables.captured) offsets[topic] = await endsOf(topic);
  return { transactions, offsets };
}

/** Whether everything before these ends is handed over. What was copied there is taken, and what was sent again passed over. */
export async function isReadUpTo(
  until: TopicEnds,
  reading: {
    transactions: TransactionQueue | null;
    tables: TableSet;
    /** Takes the copied rows at the head of a queue; false when there were none, or they are left. */
    takeCopied: (table: CapturedTable, queue: PartitionQueue) => Promise<boolean>;
    handedEndLsn: bigint;
  },
): Promise<boolean> {
  const { transactions, tables, takeCopied, handedEndLsn } = reading;
  if ((transactions?.queue.offset ?? 0n) < BigInt(until.transactions)) return false;
  for (const table of [...tables.captured]) {
    for (const queue of table.queues) {
      const end = BigInt(until.offsets[table.topic]?.[queue.partition] ?? 0);
      while (queue.offset < end && tables.has(table.name)) {
        const event = await eventOf(tables, table, queue);
        if (event === null) return false;
        if (event.op === READ) {
          if (!(await takeCopied(table, queue))) return false;
        } else if (standingOf(event, null, handedEndLsn) === 'behind') queue.shift();
        else return false;
      }
    }
  }
  return true;
}
