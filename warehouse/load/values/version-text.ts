import type { RowVersion } from '../../../changelog/destination.ts';
import { packVersion } from '../../../changelog/version.ts';

const LOW_DIGITS = 12;
const LOW_LIMIT = 10 ** LOW_DIGITS;

/**
 * Writes versions as decimal digits. A 128-bit number's text is worked out once a transaction; its rows differ in the
 * last digits only, which are plain arithmetic.
 */
export function createVersionText(): { write(target: Buffer, at: number, version: RowVersion): number } {
  let epoch = -1;
  let commitLsn = -1n;
  let high = Buffer.alloc(0);
  let low = 0;

  function rebase(version: RowVersion, ordinal: number): void {
    const packed = packVersion({ epoch: version.epoch, commitLsn: version.commitLsn, ordinal });
    high = Buffer.from((packed / BigInt(LOW_LIMIT)).toString(), 'latin1');
    low = Number(packed % BigInt(LOW_LIMIT)) - ordinal;
    epoch = version.epoch;
    commitLsn = version.commitLsn;
  }

  return {
    write(target, at, version) {
      if (version.commitLsn !== commitLsn || version.epoch !== epoch) rebase(version, 0);
      let rest = low + version.ordinal;
      if (rest >= LOW_LIMIT) {
        rebase(version, version.ordinal);
        rest = low + version.ordinal;
      }
      for (let i = 0; i < high.length; i++) target[at++] = high[i] as number;
      for (let i = at + LOW_DIGITS - 1; i >= at; i--) {
        const quotient = Math.floor(rest / 10);
        target[i] = 48 + rest - quotient * 10;
        rest = quotient;
      }
      return at + LOW_DIGITS;
    },
  };
}
