import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBatches } from './run-batches.ts';
import { openStage, type Stage } from './stage.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
/** The soak has 10,000. */
const BATCHES = Number(process.env.MILLRACE_BATCHES ?? 30);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.stop());

test(`no two reports disagree while ${BATCHES} batches are published (seed ${SEED})`, {
  timeout: 1_800_000,
}, async () => {
  const result = await runBatches({ stage, seed: SEED, batches: BATCHES, killEvery: 12 });
  expect(result.faults).toEqual([]);
  expect(result.kills).toBeGreaterThan(0);
  // Whoever looks once sees nothing.
  expect(result.watermarks).toBeGreaterThan(BATCHES / 4);
});
