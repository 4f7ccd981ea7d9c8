import type { DebeziumEvent } from './event.ts';
import type { Transaction } from './transaction.ts';

/**
 * Where a streamed row stands to the transaction that is handed over, when everything up to `handedEndLsn` was. `behind`: it
 * belongs to one that was handed over before, and was sent again. `diverged`: what Debezium says of it contradicts itself.
 */
export type Standing = 'behind' | 'now' | 'later' | 'diverged';

/**
 * Told by the end of the commit before it, which all rows of a transaction have in common and which rises with commits: the
 * LSN of a change may lie before the end of the commit before it. Without one (the first transaction since Debezium began) by
 * transaction id and LSN.
 */
export function standingOf(
  event: Pick<DebeziumEvent, 'previousLsn' | 'lsn' | 'transactionId'>,
  transaction: Pick<Transaction, 'id' | 'endLsn'> | null,
  handedEndLsn: bigint,
): Standing {
  const { previousLsn, lsn, transactionId } = event;
  const isOfIt = transaction !== null && transactionId === transaction.id;
  if (previousLsn === null) {
    if (isOfIt && lsn !== null && lsn < transaction.endLsn) return 'now';
    return lsn !== null && lsn < handedEndLsn ? 'behind' : 'later';
  }
  if (previousLsn < handedEndLsn) return 'behind';
  if (transaction === null || previousLsn >= transaction.endLsn) return 'later';
  return isOfIt ? 'now' : 'diverged';
}
