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

test('writes the same digits over any steps, up and down', () => {
  const text = createVersionText();
  const target = Buffer.alloc(64);
  const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
  let state = seed + 1;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  let version = { epoch: 1, commitLsn: 0n, ordinal: 1 };
  for (let i = 0; i < 20_000; i++) {
    const { epoch, commitLsn, ordinal } = version;
    const step = 10 ** random(8);
    const kind = random(100);
    if (kind === 0) version = { epoch: epoch + random(3), commitLsn: BigInt(random(1000)), ordinal: 0 };
    else if (kind === 1) version = { epoch, commitLsn: (commitLsn * 997n) & 0xffff_ffff_ffff_ffffn, ordinal: 1 };
    else if (kind === 2) version = { epoch, commitLsn, ordinal: random(10) };
    else if (kind < 60) version = { epoch, commitLsn, ordinal: Math.min(ordinal + random(step), 2 ** 32 - 1) };
    else
      version = { epoch, commitLsn: (commitLsn + BigInt(random(step))) & 0xffff_ffff_ffff_ffffn, ordinal: random(9) };
    const length = text.write(target, 0, version);
    expect(target.toString('latin1', 0, length), `seed ${seed}, ${i}`).toBe(packVersion(version).toString());
  }
});
