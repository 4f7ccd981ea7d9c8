import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOwnBroker, lackingForTestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { freshSeeds, playSeeds } from './play-seeds.ts';
import { openStage, type Stage } from './stage.ts';

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
});
