import type { OpenBatch } from '../../open-batch.ts';
import type { LoadedRelation } from './loaded-relations.ts';
import type { RowMessage } from './row-message.ts';

/** Puts a change into the batch. Throws a RangeError for a message that cannot be read; nothing of it is taken then. */
export function applyChange(batch: OpenBatch, message: RowMessage, of: LoadedRelation): void {
  const { relation } = of;
  const { version } = message;
  switch (of.row.operation(message)) {
    case 't':
      batch.truncate({ truncated: relation, version: { ...version } });
      return;
    case 'd':
      batch.block(relation).remove(version, of.oldKey.key(message));
      return;
    case 'c':
    case 'u': {
      if (message.oldKeyEnd < 0) {
        batch.block(relation).upsert(version, of.row.after(message));
        return;
      }
      const old = of.oldKey.oldKey(message);
      batch.block(relation).move(version, old, of.row.after(message));
      return;
    }
    default:
      throw new RangeError('another operation');
  }
}
