import type { RowVersion } from '../../destination.ts';
import type { FetchedMessage } from '../client/kafka-client.ts';
import { HEADER_NAME, readVersion } from '../publish/record-writer.ts';

/** What a message's headers say of it. */
export interface MessageFacts {
  readonly version: RowVersion;
  readonly relationId: string;
}

/**
 * Null for a message that says nothing of its own: a tombstone, and the first half of a changed key, since the second half
 * says both. Throws a RangeError for one that is not ours.
 */
export function readMessage(message: FetchedMessage): MessageFacts | null {
  const version = message.header(HEADER_NAME.version);
  const relationId = message.header(HEADER_NAME.relation);
  if (version === undefined || relationId === undefined) throw new RangeError('not a message of Millrace');
  const read = readVersion(version);
  if (message.value === null || message.header(HEADER_NAME.newKey) !== undefined) return null;
  return { version: read, relationId: relationId.toString() };
}
