import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from './faults.ts';
import { FLAWS } from './flaws.ts';
import { freshSeeds, GIVEN_SEED, playSeeds } from './play-seeds.ts';
import { runSeed } from './run-seed.ts';
import { openStage, type Stage } from './stage.ts';

const SEEDS = freshSeeds(30);
const AT_ONCE = 3;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.stop());

describe(`seeds ${SEEDS.first} to ${SEEDS.last}`, () => {
  test('replicas equal the source after random changes while everything fails', { timeout: 900_000 }, async () => {
    expect(await playSeeds(stage, SEEDS, AT_ONCE)).toBe('');
  });
});

// The workload is worth nothing if it finds nothing. Each of these seeds finds each of them, when nothing else goes wrong and
// the same few rows are changed again and again; those after the first are for a machine that has other things to do.
describe.skipIf(GIVEN_SEED !== undefined)('a fault that is built in', () => {
  test.concurrent.each(FLAWS)('is found: %s', { timeout: 240_000 }, async (flaw) => {
    const faults: Fault[] = flaw === 'confirms-early' ? ['ingest killed'] : [];
    const rows = { transactions: 60, spread: 20, shapes: false, faults };
    for (const seed of [1, 2, 3, 4]) {
      const { differences } = await runSeed({ stage, seed, flaw, ...rows, settleMs: 60_000, staysMs: 1000 });
      // Not just late: rows differ.
      if (differences.some((difference) => difference.includes(': only in the '))) return;
    }
    expect.fail(`${flaw} was not found`);
  });
});
