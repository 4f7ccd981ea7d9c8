import { POSTGRES_EPOCH_MICROS } from './pgoutput-decoder.ts';

export interface StatusFacts {
  readonly durableLsn: bigint;
  /** What the last status said. */
  readonly sentLsn: bigint;
  readonly nowMs: number;
  /** Of the last status. */
  readonly sentMs: number;
  readonly intervalMs: number;
  /** The server asked for an answer. */
  readonly replyRequested: boolean;
}

/** When to write a status: there is something new to confirm, the server asks, or it is time for a sign of life. */
export function statusIsDue(facts: StatusFacts): boolean {
  return facts.replyRequested || facts.durableLsn > facts.sentLsn || isTimeForSign(facts);
}

/** Once in each interval, all sources at the same moment: where their servers stand is then written down together. */
export function isTimeForSign({
  nowMs,
  sentMs,
  intervalMs,
}: Pick<StatusFacts, 'nowMs' | 'sentMs' | 'intervalMs'>): boolean {
  return Math.floor(nowMs / intervalMs) > Math.floor(sentMs / intervalMs);
}

export interface IdleFacts {
  readonly inTransaction: boolean;
  /** The log has a part of a transaction. */
  readonly isOpen: boolean;
  readonly handedEndLsn: bigint;
  readonly durableLsn: bigint;
  readonly walEndLsn: bigint;
}

/** True when the server's WAL end may be passed on: nothing is in flight, and it is news. */
export function mayAdvance(facts: IdleFacts): boolean {
  return (
    !facts.inTransaction &&
    !facts.isOpen &&
    facts.durableLsn >= facts.handedEndLsn &&
    facts.walEndLsn > facts.handedEndLsn
  );
}

/**
 * Standby status update (https://www.postgresql.org/docs/18/protocol-replication.html), without the CopyData frame.
 * Written, flushed and applied are the same position, exactly: the end of the last durable commit. One more byte would
 * skip a commit record that starts right there.
 */
export function statusUpdate(durableLsn: bigint, nowMillis: number, requestReply: boolean): Buffer {
  const message = Buffer.alloc(34);
  message[0] = 0x72; // r
  message.writeBigUInt64BE(durableLsn, 1);
  message.writeBigUInt64BE(durableLsn, 9);
  message.writeBigUInt64BE(durableLsn, 17);
  message.writeBigInt64BE(BigInt(nowMillis) * 1000n - POSTGRES_EPOCH_MICROS, 25);
  message[33] = requestReply ? 1 : 0;
  return message;
}
