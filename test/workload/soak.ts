import { parseArgs } from 'node:util';
import { milliseconds } from './duration.ts';
import { runSeed } from './run-seed.ts';
import { openStage } from './stage.ts';

// npm run soak -- --for 2h [--log kafka] [--seed 123] [--at-once 3]: plays seeds until the time is over. Exit code 1 when one failed.

const { values } = parseArgs({
  options: {
    for: { type: 'string', default: '10m' },
    log: { type: 'string', default: 'direct' },
    seed: { type: 'string' },
    'at-once': { type: 'string', default: '3' },
  },
});
if (values.log !== 'direct' && values.log !== 'kafka') throw new RangeError(`not a log: ${values.log} (direct, kafka)`);
const { log: logKind } = values;
const endsAt = Date.now() + milliseconds(values.for);
/** Servers are made anew after so many seeds: one that has seen thousands of databases is another test. */
const SEEDS_PER_STAGE = 60;

let seed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const first = seed;
let passed = 0;
const failed: number[] = [];
while (Date.now() < endsAt) {
  const stage = await openStage({ log: logKind });
  const last = seed + SEEDS_PER_STAGE;
  await Promise.all(
    Array.from({ length: Number(values['at-once']) }, async () => {
      while (seed < last && Date.now() < endsAt) {
        const playing = seed++;
        const { differences, story, logs } = await runSeed({ stage, seed: playing });
        if (differences.length === 0) {
          passed++;
          console.log(`${playing} passed (${passed} passed, ${failed.length} failed)`);
        } else {
          failed.push(playing);
          console.log([`${playing} FAILED`, ...story, ...differences, ...logs].join('\n'));
        }
      }
    }),
  );
  await stage.stop();
}
console.log(
  `${passed} seeds passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''} (from ${first})`,
);
process.exit(failed.length > 0 ? 1 : 0);
