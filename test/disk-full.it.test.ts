import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShopUnderTest, type ShopUnderTest } from './harness/shop-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const DISK_BYTES = 512 << 20;

/** A disk of its own, small enough to be filled, for everything that the system writes; null where none can be made. */
function mountSmallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder]);
  if (mount.status === 0) return folder;
  rmdirSync(folder);
  return null;
}

const disk = mountSmallDisk();
if (disk === null) console.warn('disk-full: needs the right to mount a tmpfs (root); skipped');
let shop: ShopUnderTest | undefined;
beforeAll(async () => {
  if (disk === null) return;
  shop = await openShopUnderTest({
    seed: SEED,
    connections: 2,
    interleaving: 'seeded',
    systemFolder: join(disk, 'system'),
  });
});
afterAll(async () => {
  await shop?.stop();
  if (disk === null) return;
  spawnSync('umount', [disk]);
  rmdirSync(disk);
});

test.skipIf(disk === null)(`goes on from where it was when a full disk has room again (seed ${SEED})`, async () => {
  if (disk === null || shop === undefined) return;
  expect(await shop.differences()).toEqual([]);
  for (let round = 0; round < 2; round++) {
    const filledAtMs = Date.now();
    const ballast = fill(join(disk, 'ballast'));
    await shop.workload.run({ steps: 100 });
    await untilRefused(shop, filledAtMs);
    rmSync(ballast);
    await shop.workload.run({ steps: 20 });
    expect(await shop.differences(), `round ${round}, seed ${SEED}`).toEqual([]);
  }
});

/** Leaves nothing. */
function fill(path: string): string {
  const block = Buffer.alloc(1 << 20);
  const file = openSync(path, 'w');
  try {
    for (let size = block.length; size > 0; ) {
      try {
        writeSync(file, block, 0, size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        size >>= 1;
      }
    }
  } finally {
    closeSync(file);
  }
  return path;
}

/** Resolves when the system has met the full disk since. */
async function untilRefused({ system }: ShopUnderTest, sinceMs: number): Promise<void> {
  const isRefusal = (line: string): boolean =>
    /not enough space|no space left/i.test(line) && Number(/"time":(\d+)/.exec(line)?.[1] ?? 0) >= sinceMs;
  await expect.poll(() => system().log().split('\n').some(isRefusal), { timeout: 30_000, interval: 100 }).toBe(true);
}
