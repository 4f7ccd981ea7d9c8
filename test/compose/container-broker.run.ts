import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lackingForBroker } from '../../changelog/kafka/broker/local-broker.ts';
import { createCompactTopic } from '../../changelog/kafka/compact-topic.ts';
import { startContainerBroker } from '../../changelog/kafka/testing/container-broker.ts';
import type { TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { testClient, testLogger } from '../kafka/kafka-scene.ts';
import { type Docker, lackingForDocker, startDocker } from './docker.ts';
import { makeImages } from './images.ts';

// The image is made of the jars that Java runs without Docker.
const lacking = lackingForDocker() ?? lackingForBroker();
if (lacking !== null) console.warn(`skipped: ${lacking}`);

describe.skipIf(lacking !== null)('a broker for tests in a container', () => {
  let docker: Docker;
  let broker: TestBroker;

  beforeAll(async () => {
    docker = await startDocker();
    const { KAFKA_IMAGE = '' } = await makeImages(docker);
    // The image of the container that cleans up behind a test that was killed is in no package registry.
    Object.assign(process.env, docker.env, { TESTCONTAINERS_RYUK_DISABLED: 'true' });
    broker = await startContainerBroker({ 'message.max.bytes': '2000000' }, KAFKA_IMAGE);
  });
  afterAll(async () => {
    await broker?.stop();
    await docker?.stop();
  });

  it('has what it acknowledged when it was killed and started again, and the settings that were asked for', async () => {
    const client = testClient(broker.address);
    const spec = { topic: 'kept', partitions: 1, replication: 1, settings: { 'cleanup.policy': 'compact' } };
    const [facts] = await client.ensureTopics([spec]);
    expect(facts).toMatchObject({ partitions: 1, cleanup: 'compact', maxMessageBytes: 2_000_000 });
    const table = createCompactTopic({
      client,
      topic: 'kept',
      logger: testLogger,
      signal: AbortSignal.timeout(120_000),
    });
    await table.put('a', 1);
    await broker.kill();
    const putting = table.put('b', 2);
    await broker.start();
    await putting;
    expect(await table.load()).toEqual(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
    await client.close();
  });
});
