import { parseArgs } from 'node:util';
import { milliseconds } from '../workload/duration.ts';
import { runSeed } from './run-seed.ts';
import { openStage } from './stage.ts';

// npm run soak:models -- --for 2h [--seeds 1000] [--seed 123] [--rounds 4]: plays seeds over the models until the time is over,
// or so many. Goes on when one fails. Exit code 1 when one did.

const { values } = parseArgs({
  options: {
    for: { type: 'string', default: '10m' },
    seeds: { type: 'string' },
    seed: { type: 'string' },
    rounds: { type: 'string', default: '4' },
  },
});
/** A warehouse is made anew after so many seeds: one that has seen thousands of batches given up is another test. */
const SEEDS_PER_STAGE = 40;
const startedAt = performance.now();
const endsAt = Date.now() + milliseconds(values.for);
const first = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const last = values.seeds === undefined ? Number.POSITIVE_INFINITY : first + Number(values.seeds) - 1;
const counts = new Map<string, number>();
const failed: number[] = [];
let passed = 0;

for (let seed = first; seed <= last && Date.now() < endsAt; ) {
  const stage = await openStage();
  for (let n = 0; n < SEEDS_PER_STAGE && seed <= last && Date.now() < endsAt; n++) {
    const result = await runSeed({ stage, seed: seed++, rounds: Number(values.rounds) });
    for (const [what, times] of result.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    if (result.found.length === 0) {
      passed++;
    } else {
      failed.push(result.seed);
      const found = result.found.flatMap(({ check, differences }) => [
        check,
        ...differences.map((line) => `  ${line}`),
      ]);
      console.log([`${result.seed} FAILED`, ...result.story.map((what) => `  ${what}`), ...found].join('\n'));
      break; // What it left behind is no beginning for another seed.
    }
    const perMinute = (passed + failed.length) / ((performance.now() - startedAt) / 60_000);
    console.log(`${result.seed} passed (${passed} passed, ${failed.length} failed, ${perMinute.toFixed(1)} a minute)`);
  }
  await stage.stop();
}
for (const [what, times] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`${what}: ${times}`);
console.log(
  `${passed} passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''} (seeds from ${first})`,
);
process.exit(failed.length > 0 ? 1 : 0);
