import { afterAll, beforeAll, expect, test } from 'vitest';
import { MODEL_FAILPOINTS } from '../../runtime/failpoint.ts';
import { OPERATIONS } from './operations.ts';
import { playSeeds } from './play-seeds.ts';
import { openStage, type Stage } from './stage.ts';

const { MILLRACE_SEED: given, MILLRACE_SEEDS: wanted } = process.env;
const FIRST = given === undefined ? Date.now() % 1_000_000_000 : Number(given);
const SEEDS = given === undefined ? Number(wanted ?? 30) : 1;
const LAST = FIRST + SEEDS - 1;
/** What happens to a few seeds in a hundred only is what the soak is for. */
const RARE = /fold|build-|tables-created|sources-read|table-built|batch-followed|batch-given-up/;

/** Whatever else happens, beside the operations. */
const HAPPENINGS = [
  'source held back',
  'order before its customer and product',
  'batch delivered again',
  'resync',
  'source copied anew',
  'models restarted',
  'undone after a crash',
  'row store lost',
  'folded',
];

const stages: Stage[] = [];
beforeAll(async () => {
  stages.push(...(await Promise.all([openStage(), ...(SEEDS > 1 ? [openStage()] : [])])));
});
afterAll(() => Promise.all(stages.map((stage) => stage.stop())));

test(`models equal a full build whatever happens (seeds ${FIRST} to ${LAST})`, { timeout: 1_800_000 }, async () => {
  const { failed, counts } = await playSeeds({ stages, first: FIRST, last: LAST, rounds: 3 });
  expect(failed.join('\n\n')).toBe('');
  if (SEEDS < 30) return;
  // A workload that comes to do less than it says would pass as well.
  const missing = [...Object.keys(OPERATIONS), ...HAPPENINGS].filter((what) => !counts.has(what));
  expect(missing).toEqual([]);
  const places = MODEL_FAILPOINTS.filter((place) => !RARE.test(place));
  const met = places.filter((place) => counts.has(`killed at ${place}`) || counts.has(`failed at ${place}`));
  expect(met.length, `${[...counts.keys()].filter((what) => what.includes('models.'))}`).toBeGreaterThan(
    places.length / 2,
  );
});
