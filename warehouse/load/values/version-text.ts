import type { RowVersion } from '../../../changelog/destination.ts';
import { packVersion } from '../../../changelog/version.ts';

/** As many as 2^128 has. */
const MAX_DIGITS = 39;
const ZERO = 48;
const ORDINALS = 2 ** 32;
/** Between two versions, so that their difference is a number without loss. */
const MAX_LSN_STEP = 2n ** 20n;

/**
 * Writes versions as decimal digits. A 128-bit number's text is worked out once; the version of the next row is a little
 * higher, which changes its last digits only.
 */
export function createVersionText(): { write(target: Buffer, at: number, version: RowVersion): number } {
  const digits = new Uint8Array(MAX_DIGITS);
  let length = 0;
  let epoch = -1;
  let commitLsn = -1n;
  let ordinal = 0;

  function begin(version: RowVersion): void {
    const text = packVersion(version).toString();
    length = text.length;
    for (let i = 0; i < length; i++) digits[i] = text.charCodeAt(i);
  }

  /** Adds to the digits; false where there would be one more. */
  function add(difference: number): boolean {
    let rest = difference;
    for (let i = length - 1; rest > 0; i--) {
      if (i < 0) return false;
      const sum = (digits[i] as number) - ZERO + rest;
      rest = Math.floor(sum / 10);
      digits[i] = ZERO + sum - rest * 10;
    }
    return true;
  }

  /** From the version whose digits these are; -1 when it is no small step upwards. */
  function difference(version: RowVersion): number {
    if (version.epoch !== epoch) return -1;
    if (version.commitLsn === commitLsn) return version.ordinal - ordinal;
    const step = version.commitLsn - commitLsn;
    return step > 0n && step < MAX_LSN_STEP ? Number(step) * ORDINALS + version.ordinal - ordinal : -1;
  }

  return {
    write(target, at, version) {
      const step = difference(version);
      if (step < 0 || !add(step)) begin(version);
      epoch = version.epoch;
      commitLsn = version.commitLsn;
      ordinal = version.ordinal;
      for (let i = 0; i < length; i++) target[at + i] = digits[i] as number;
      return at + length;
    },
  };
}
