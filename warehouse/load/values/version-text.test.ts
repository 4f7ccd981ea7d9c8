import { expect, test } from 'vitest';
import { packVersion } from '../../../changelog/version.ts';
import { createVersionText } from './version-text.ts';

test('writes the same digits as the packed version for any epoch, LSN and ordinal', () => {
  const text = createVersionText();
  const target = Buffer.alloc(64);
  for (const epoch of [1, 2, 4_000_000]) {
    for (const commitLsn of [0n, 1n, 0x16b374d848n, 0xffff_ffff_ffff_ffffn, 1234567890123n]) {
      for (const ordinal of [0, 1, 2, 999_999, 4_294_967_295, 7, 4_000_000_000]) {
        const length = text.write(target, 0, { epoch, commitLsn, ordinal });
        expect(target.toString('latin1', 0, length)).toBe(packVersion({ epoch, commitLsn, ordinal }).toString());
      }
    }
  }
});
