import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from './faults.ts';
import { FLAWS } from './flaws.ts';
import { runSeed, type SeedResult } from './run-seed.ts';
import { openStage, type Stage } from './stage.ts';

/** `MILLRACE_SEED` plays one seed again; with `MILLRACE_CONNECTIONS=1` its statements come in the same order each time. */
const GIVEN = process.env.MILLRACE_SEED;
const CONNECTIONS = Number(process.env.MILLRACE_CONNECTIONS ?? 3);
const SEEDS = Number(process.env.MILLRACE_SEEDS ?? 30);
const AT_ONCE = 3;
const FIRST = GIVEN === undefined ? Date.now() % 1_000_000_000 : Number(GIVEN);
const LAST = GIVEN === undefined ? FIRST + SEEDS - 1 : FIRST;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.stop());

const failureOf = ({ seed, differences, story, log }: SeedResult): string =>
  [`MILLRACE_SEED=${seed}`, ...story, ...differences, ...log.split('\n').slice(-15)].join('\n');

describe(`seeds ${FIRST} to ${LAST}`, () => {
  test('replicas equal the source after random changes while everything fails', { timeout: 900_000 }, async () => {
    const failed: string[] = [];
    let next = FIRST;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next <= LAST) {
          const result = await runSeed({ stage, seed: next++, connections: CONNECTIONS });
          if (result.differences.length > 0) failed.push(failureOf(result));
        }
      }),
    );
    expect(failed.join('\n\n')).toBe('');
  });
});

// The workload is worth nothing if it finds nothing. Each of these seeds finds each of them, when nothing else goes wrong and
// the same few rows are changed again and again; those after the first are for a machine that has other things to do.
describe.skipIf(GIVEN !== undefined)('a fault that is built in', () => {
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
