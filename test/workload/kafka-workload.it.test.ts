import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOwnBroker, lackingForTestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { freshSeeds, GIVEN_SEED, playSeeds } from './play-seeds.ts';
import { openStage, type Stage } from './stage.ts';
import { KAFKA_ROUTE, walkFailpoints } from './walk-failpoints.ts';

const SEEDS = freshSeeds(10);
const AT_ONCE = 3;
const lacking = isOwnBroker() ? lackingForTestBroker() : 'it ends its broker: KAFKA_BROKERS names those of others';
const title = `seeds ${SEEDS.first} to ${SEEDS.last} over Kafka`;

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ log: 'kafka' });
  }, 240_000);
  afterAll(() => stage?.stop());

  test('replicas equal the source while ingest, loaders, broker and the network between them fail', {
    timeout: 900_000,
  }, async () => {
    expect(await playSeeds(stage, SEEDS, AT_ONCE)).toBe('');
  });

  test.skipIf(GIVEN_SEED !== undefined)(
    'nothing is lost when ingest ends, or fails, at each named place in turn',
    {
      timeout: 400_000,
    },
    async () => {
      const walk = { stage, route: KAFKA_ROUTE, seed: SEEDS.first };
      const walks = (['kill', 'fail'] as const).map((action) => walkFailpoints({ ...walk, action }));
      expect((await Promise.all(walks)).flat()).toEqual([]);
    },
  );
});
