import { type EnvelopeContext, transactionIdText } from '../envelope/envelope.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { writeHeaders } from '../records/record-batch.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { Publisher } from './publisher.ts';
import type { TableWriter } from './table-writer.ts';

/** The topic that says where transactions begin and end, and how many messages of which tables they have. */
export interface TransactionTopic {
  begin(context: EnvelopeContext): number;
  end(context: EnvelopeContext, total: number, tables: readonly TableWriter[]): number;
}

export function createTransactionTopic(options: {
  publisher: Publisher;
  queue: PartitionQueue;
  onAdded: (queue: PartitionQueue) => void;
}): TransactionTopic {
  const { publisher, queue, onAdded } = options;
  const out = new ByteSink(1024);

  function send(id: string, value: unknown): number {
    out.length = 0;
    out.append(Buffer.from(JSON.stringify({ id })));
    const key = out.length;
    out.append(Buffer.from(JSON.stringify(value)));
    const length = out.length - key;
    writeHeaders(out, []);
    const isFull = queue.add(out.bytes, 0, key, length, out.length - key - length);
    onAdded(queue);
    publisher.added(queue, out.length, isFull);
    return out.length;
  }

  return {
    begin(context) {
      const id = transactionIdText(context);
      const ts_ms = Number(context.timeMicros / 1000n);
      return send(id, { status: 'BEGIN', id, event_count: null, data_collections: null, ts_ms });
    },
    end(context, total, tables) {
      const id = transactionIdText(context);
      return send(id, {
        status: 'END',
        id,
        event_count: total,
        data_collections: tables.map((table) => ({
          data_collection: `${table.relation.schema}.${table.relation.table}`,
          event_count: table.inTransaction(),
        })),
        ts_ms: Number(context.timeMicros / 1000n),
      });
    },
  };
}
