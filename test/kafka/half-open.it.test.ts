import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { createCompactTopic } from '../../changelog/kafka/compact-topic.ts';
import { retryWhilePassing } from '../../changelog/kafka/retry.ts';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { startWeatherProxy, type WeatherProxy } from '../workload/weather-proxy.ts';
import { testClient, testGroup, testLogger } from './kafka-scene.ts';

const lacking = lackingForTestBroker();
const title = 'connections to brokers that a firewall has forgotten';

const waiting = { logger: testLogger, signal: new AbortController().signal };
const patiently = <T>(action: () => Promise<T>): Promise<T> => retryWhilePassing(action, waiting);

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let port = 0;
  let broker: TestBroker;
  let network: WeatherProxy;
  let client: KafkaClient;

  beforeAll(async () => {
    network = await startWeatherProxy(() => port);
    broker = await startTestBroker({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${network.port}` });
    port = Number(broker.address.split(':')[1]);
    client = testClient(`127.0.0.1:${network.port}`);
  });
  afterAll(async () => {
    await client?.close();
    await broker?.stop();
    await network?.close();
  });

  test('are opened anew when they have not answered for a while: sending, reading, and as a member of a group', async () => {
    const topic = 'forgotten';
    await client.ensureTopics([{ topic, partitions: 1, replication: 1, settings: {} }]);
    const table = createCompactTopic({ client, topic, ...waiting });
    await table.put('a', 1);
    expect(await table.load()).toEqual(new Map([['a', 1]]));
    const group = testGroup(`127.0.0.1:${network.port}`, 'forgotten');
    const assign = (members: readonly { id: string }[]) =>
      new Map(members.map(({ id }) => [id, { units: [], partitions: {} }]));
    await patiently(() => group.join({ owned: [], assign }));
    network.halfOpen();
    const [, sign] = await Promise.all([table.put('b', 2), patiently(() => group.heartbeat())]);
    // It has been away for longer than a member may.
    expect(sign).toBe('lost');
    expect((await table.load()).get('b')).toBe(2);
    await group.close();
  }, 90_000);
});
