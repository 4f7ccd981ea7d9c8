import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../demo/random.ts';
import { kill, type SystemPart } from './harness/running-system.ts';
import { openShopUnderTest, type ShopUnderTest } from './harness/shop-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const KILLS = Number(process.env.MILLRACE_KILLS ?? 21);
/** The state is compared after every so many kills. */
const KILLS_PER_PAUSE = 7;
const RECOVERY_MS = 60_000;

let shop: ShopUnderTest;
beforeAll(async () => {
  shop = await openShopUnderTest({ seed: SEED, connections: 3, interleaving: 'free' });
});
afterAll(() => shop?.stop());

test(`nothing is lost or doubled by kill -9 of any part at random moments under load (seed ${SEED})`, {
  timeout: 600_000,
}, async () => {
  const random = new Random(SEED, 'kills');
  const targets: readonly (SystemPart | 'everything')[] = ['ingest', 'warehouse', 'models', 'everything'];
  for (let kills = 0; kills < KILLS; kills++) {
    const load = shop.workload.run({ steps: 120 });
    await sleep(random.between(0, 700));
    const target = targets[kills % targets.length] as SystemPart | 'everything';
    if (target === 'everything') {
      await shop.system().killAll();
      await shop.restart();
    } else {
      const pid = shop.system().pid(target);
      kill(pid);
      await expect
        .poll(() => shop.system().pid(target), { timeout: RECOVERY_MS, interval: 50 })
        .toSatisfy((now: number | undefined) => now !== undefined && now !== pid);
    }
    await load;
    if ((kills + 1) % KILLS_PER_PAUSE === 0) {
      expect(await shop.differences(), `after ${kills + 1} kills, seed ${SEED}`).toEqual([]);
    }
  }
  expect(await shop.differences(), `at the end, seed ${SEED}`).toEqual([]);
});
