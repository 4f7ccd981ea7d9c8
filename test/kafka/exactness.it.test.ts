import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { until } from '../../ingest/testing/scene.ts';
import { startTraceCollector, type TraceCollector } from '../../runtime/testing/trace-collector.ts';
import { kill } from '../harness/running-system.ts';
import { openShopUnderTest, type ShopUnderTest } from '../harness/shop-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const STEPS = 200;
const lacking = lackingForTestBroker();
const title = `over Kafka (seed ${SEED})`;

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let shop: ShopUnderTest;
  let collector: TraceCollector;

  beforeAll(async () => {
    collector = await startTraceCollector();
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url; // The parts' processes inherit it.
    broker = await startTestBroker();
    const kafka = { brokers: [broker.address], prefix: `exact-${SEED}.`, partitions: 6, replication: 1 };
    shop = await openShopUnderTest({ seed: SEED, connections: 4, interleaving: 'seeded', log: { kafka } });
  }, 240_000);

  afterAll(async () => {
    await shop?.stop();
    await broker?.stop();
    await collector?.close();
  });

  test('replicas, facts and cubes equal the sources at every pause, ingest being killed and started again', async () => {
    expect(await shop.differences()).toEqual([]);
    for (let pause = 0; pause < 2; pause++) {
      const busy = shop.workload.run({ steps: STEPS });
      kill(shop.system().pid('ingest'));
      await busy;
      expect(await shop.differences(), `pause ${pause}, seed ${SEED}`).toEqual([]);
    }
  });

  test('a trace goes from the commit in the source to the position in the warehouse', async () => {
    const published = () => collector.spans().filter(({ name }) => name === 'publish');
    const loaded = () => collector.spans().filter(({ name }) => name === 'load');
    const hasBoth = () =>
      published().some(({ spanId }) => loaded().some(({ parentSpanId }) => parentSpanId === spanId));
    await until('both steps of one trace', hasBoth).catch((error: Error) => {
      const steps = collector.spans().map(({ name, spanId, parentSpanId = '' }) => `${name} ${parentSpanId} ${spanId}`);
      throw new Error(`${error.message}\n${steps.join('\n')}\n${shop.system().log().slice(-4_000)}`);
    });
    const load = loaded().find(({ parentSpanId }) => published().some(({ spanId }) => spanId === parentSpanId));
    const publish = published().find(({ spanId }) => spanId === load?.parentSpanId);
    expect(load?.traceId).toBe(publish?.traceId);
    expect(load?.attributes).toEqual(publish?.attributes);
    expect(publish?.events.map(({ name }) => name)).toEqual(['captured', 'acknowledged']);
    expect(BigInt(load?.endTimeUnixNano ?? 0)).toBeGreaterThan(BigInt(publish?.startTimeUnixNano ?? 0));
  });
});
