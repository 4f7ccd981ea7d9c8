import { createHmac, createSecretKey } from 'node:crypto';
import { FIELD_TEXT, type Tuple } from '../../changelog/change.ts';
import { createTuple, resizeTuple } from '../../changelog/tuple.ts';
import { type ColumnPlan, HASH, KEEP } from './column-plan.ts';

/** What stands in the place of a masked value; NULL stays NULL. */
export const MASKED = Buffer.from('***');

/** Length of HMAC-SHA256 in hexadecimal digits. */
const HASH_BYTES = 64;

/** Rewrites tuples for what is behind ingest. One for a source: what it gives back is valid until the next call. */
export interface TupleProtector {
  row(plan: ColumnPlan, tuple: Tuple): Tuple;
  /** Old and new row of a change. Both point into the same bytes again. */
  pair(plan: ColumnPlan, old: Tuple, row: Tuple): { readonly old: Tuple; readonly row: Tuple };
}

/**
 * Hashes are HMAC-SHA256 of the value's Postgres text in UTF-8, in lower-case hexadecimal digits: the same text gives the
 * same hash in every table and source with this key. `hashKey` may be empty when no plan hashes.
 */
export function createTupleProtector(hashKey: string): TupleProtector {
  const key = hashKey === '' ? null : createSecretKey(Buffer.from(hashKey, 'utf8'));
  const changed = { old: createTuple(), row: createTuple() };
  let bytes: Buffer = Buffer.allocUnsafeSlow(4096);
  let length = 0;

  function reserve(tuple: Tuple, plan: ColumnPlan): number {
    let needed = plan.from.length * HASH_BYTES;
    for (let i = 0; i < tuple.length; i++) needed += (tuple.ends[i] as number) - (tuple.starts[i] as number);
    return needed;
  }

  function begin(needed: number): void {
    length = 0;
    if (needed > bytes.length) bytes = Buffer.allocUnsafeSlow(Math.max(needed, 2 * bytes.length));
  }

  function write(plan: ColumnPlan, tuple: Tuple, into: Tuple): Tuple {
    const { from, actions } = plan;
    resizeTuple(into, from.length);
    into.bytes = bytes;
    for (let i = 0; i < from.length; i++) {
      const column = from[i] as number;
      const start = tuple.starts[column] as number;
      const end = tuple.ends[column] as number;
      const kind = column < tuple.length ? (tuple.kinds[column] as number) : 0;
      into.kinds[i] = kind;
      into.starts[i] = length;
      if (kind === FIELD_TEXT) {
        const action = actions[i];
        if (action === KEEP) length += tuple.bytes.copy(bytes, length, start, end);
        else if (action === HASH) length += writeHash(tuple.bytes.subarray(start, end));
        else length += MASKED.copy(bytes, length);
      }
      into.ends[i] = length;
    }
    return into;
  }

  function writeHash(value: Buffer): number {
    if (key === null) throw new Error('a column is to be hashed, and there is no key');
    const digest = createHmac('sha256', key).update(value).digest('hex');
    return bytes.write(digest, length, 'latin1');
  }

  return {
    row(plan, tuple) {
      begin(reserve(tuple, plan));
      return write(plan, tuple, changed.row);
    },
    pair(plan, old, row) {
      begin(reserve(old, plan) + reserve(row, plan));
      write(plan, old, changed.old);
      write(plan, row, changed.row);
      return changed;
    },
  };
}
