/** A transaction that Debezium says is over: every row of it has been written, or will be seen in a moment. */
export interface Transaction {
  /** `xid`, 32 bits. */
  readonly id: number;
  /** End of its commit record. */
  readonly endLsn: bigint;
  /** Unix time of the commit. */
  readonly committedAtMicros: bigint;
  /** Rows by `schema.table`. */
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Reads a message of the transaction topic; null for what is no end of one. Throws a RangeError for what is no such message
 * at all.
 */
export function readTransaction(value: Buffer): Transaction | null {
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch {
    throw new RangeError('no JSON');
  }
  const message = isObject(json) && isObject(json.payload) ? json.payload : json;
  if (!isObject(message) || typeof message.status !== 'string') throw new RangeError('no message of a transaction');
  if (message.status !== 'END') return null;
  const [, id, endLsn] = /^(\d+):(\d+)$/.exec(String(message.id)) ?? [];
  if (id === undefined || endLsn === undefined || typeof message.ts_ms !== 'number') {
    throw new RangeError('an end without its id');
  }
  const counts = new Map<string, number>();
  for (const entry of Array.isArray(message.data_collections) ? message.data_collections : []) {
    if (!isObject(entry) || typeof entry.event_count !== 'number') throw new RangeError('a count that is none');
    counts.set(String(entry.data_collection), entry.event_count);
  }
  return { id: Number(id), endLsn: BigInt(endLsn), committedAtMicros: BigInt(message.ts_ms) * 1000n, counts };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
