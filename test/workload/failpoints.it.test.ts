import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAILPOINTS } from '../../runtime/failpoint.ts';
import { openStage, type Stage } from './stage.ts';
import { ROUTES, walkFailpoints } from './walk-failpoints.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.stop());

test('the routes lead through every named place', () => {
  const walked = new Set(ROUTES.flatMap(({ places }) => places));
  expect(FAILPOINTS.filter((place) => !walked.has(place))).toEqual([]);
});

test.concurrent.each(ROUTES)(
  `nothing is lost when ingest ends, or fails, at each named place in turn: $name (seed ${SEED})`,
  { timeout: 400_000 },
  async (route) => {
    expect(await walkFailpoints({ stage, route, action: 'kill', seed: SEED })).toEqual([]);
    expect(await walkFailpoints({ stage, route, action: 'fail', seed: SEED })).toEqual([]);
  },
);
