import type { OpenBatch } from '../../open-batch.ts';
import { HEADER_NAME } from '../publish/record-writer.ts';
import type { LoadedRelation } from './loaded-relations.ts';
import type { StreamChange } from './table-cursor.ts';

/** Puts a change into the batch. Throws a RangeError for a message that cannot be read; nothing of it is taken then. */
export function applyChange(batch: OpenBatch, { message, version }: StreamChange, of: LoadedRelation): void {
  const { value, key } = message;
  if (value === null) return;
  const { relation } = of;
  const exceptions = message.header(HEADER_NAME.exceptions) ?? null;
  const oldKey = message.header(HEADER_NAME.oldKey);
  switch (of.row.operation(value)) {
    case 't':
      batch.truncate({ truncated: relation, version: { ...version } });
      return;
    case 'd':
      if (key === null) throw new RangeError('a delete without a key');
      batch.block(relation).remove(version, of.oldKey.key(key, exceptions));
      return;
    case 'c':
    case 'u': {
      if (oldKey === undefined) {
        batch.block(relation).upsert(version, of.row.after(value, key, exceptions));
        return;
      }
      const old = of.oldKey.key(oldKey, message.header(HEADER_NAME.oldExceptions) ?? null);
      batch.block(relation).move(version, old, of.row.after(value, key, exceptions));
      return;
    }
    default:
      throw new RangeError('another operation');
  }
}
