import { parseArgs } from 'node:util';
import { milliseconds } from '../workload/duration.ts';
import { findMutant } from './find-mutant.ts';
import { MUTANTS } from './mutants.ts';
import { addCounts, textOf } from './play-seeds.ts';
import { runBatches } from './run-batches.ts';
import { runSeed } from './run-seed.ts';
import { openStage } from './stage.ts';

// npm run soak:models -- [--for 2h] [--seeds 1000] [--seed 123] [--rounds 4]: plays seeds over the models, so many or until the time
// is over (10 minutes where neither is said).
// npm run soak:models -- --batches 10000 [--seed 123]: publishes so many batches while readers look at everything.
// npm run soak:models -- --mutants: plants every mutant in the engine, and says which check finds it.
// The last line says: N passed, N failed. Goes on when one fails; exit code 1 when one did.

const { values } = parseArgs({
  options: {
    for: { type: 'string' },
    seeds: { type: 'string' },
    seed: { type: 'string' },
    rounds: { type: 'string', default: '4' },
    batches: { type: 'string' },
    mutants: { type: 'boolean', default: false },
  },
});
const first = values.seed === undefined ? Date.now() % 1_000_000_000 : whole('seed', values.seed);
const { passed, failed } = values.mutants
  ? await soakMutants()
  : values.batches !== undefined
    ? await soakBatches(whole('batches', values.batches))
    : await soakSeeds();
console.log(`${passed} passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`);
process.exit(failed.length > 0 ? 1 : 0);

interface Soaked {
  readonly passed: number;
  readonly failed: readonly string[];
}

async function soakSeeds(): Promise<Soaked> {
  /** A warehouse is made anew after so many seeds: one with thousands of batches that were given up is another test. */
  const seedsPerStage = 40;
  const startedAt = performance.now();
  const endsAt =
    Date.now() +
    (values.for === undefined && values.seeds !== undefined
      ? Number.POSITIVE_INFINITY
      : milliseconds(values.for ?? '10m'));
  const last = values.seeds === undefined ? Number.POSITIVE_INFINITY : first + whole('seeds', values.seeds) - 1;
  const counts = new Map<string, number>();
  const failed: string[] = [];
  let passed = 0;
  for (let seed = first; seed <= last && Date.now() < endsAt; ) {
    const stage = await openStage();
    for (let n = 0; n < seedsPerStage && seed <= last && Date.now() < endsAt; n++) {
      const result = await runSeed({ stage, seed: seed++, rounds: whole('rounds', values.rounds) });
      addCounts(counts, result.counts);
      if (result.found.length > 0) {
        failed.push(String(result.seed));
        console.log(`FAILED ${textOf(result)}`);
        break; // What it left behind is no beginning for another seed.
      }
      passed++;
      const perMinute = (passed + failed.length) / ((performance.now() - startedAt) / 60_000);
      console.log(
        `${result.seed} passed (${passed} passed, ${failed.length} failed, ${perMinute.toFixed(1)} a minute)`,
      );
    }
    await stage.stop();
  }
  for (const [what, times] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`${what}: ${times}`);
  return { passed, failed };
}

async function soakBatches(batches: number): Promise<Soaked> {
  /** As for seeds. */
  const batchesPerStage = 1_000;
  const failed: string[] = [];
  let passed = 0;
  for (let seed = first; passed < batches && failed.length < 10; seed++) {
    const stage = await openStage();
    const some = Math.min(batchesPerStage, batches - passed);
    const result = await runBatches({ stage, seed, batches: some, killEvery: 50 });
    await stage.stop();
    passed += result.batches;
    failed.push(...result.faults);
    const { readings, watermarks, kills } = result;
    console.log(`${passed} batches: ${readings} readings of ${watermarks} watermarks, ${kills} kills (seed ${seed})`);
  }
  return { passed, failed };
}

async function soakMutants(): Promise<Soaked> {
  const failed: string[] = [];
  for (const mutant of MUTANTS) {
    const found = await findMutant(mutant);
    if (found === null) failed.push(mutant.name);
    const how = found === null ? 'NOT FOUND' : `seed ${found.seed}: ${found.checks.join(', ')}`;
    console.log(`${mutant.name}: ${how}`);
  }
  return { passed: MUTANTS.length - failed.length, failed };
}

function whole(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`--${option} is a whole number, not ${text}`);
  return Number(text);
}
