import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import { freePort } from '../../../runtime/free-port.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { brokerProperties, CLUSTER_ID } from '../broker/broker-properties.ts';
import { createKafkajsClient } from '../client/kafkajs-client.ts';
import type { TestBroker } from './test-broker.ts';

/** Another image that takes its settings as the official one does, from variables. */
const IMAGE = process.env.KAFKA_IMAGE ?? 'apache/kafka:4.1.0';
const PORT = 9092;
const CONTROLLER_PORT = 9093;
/** The image may have to be fetched. */
const START_MS = 300_000;

/** One node in a container of its own, on a free port of the machine that Docker is on. */
export async function startContainerBroker(
  settings: Readonly<Record<string, string>>,
  image: string = IMAGE,
): Promise<TestBroker> {
  const runtime = await getContainerRuntimeClient();
  const { host: runtimeHost } = runtime.info.containerRuntime;
  // A name may stand for the IPv6 address, at which Docker need not forward.
  const host = runtimeHost === 'localhost' ? '127.0.0.1' : runtimeHost;
  const port = await freePort();
  const properties = {
    ...brokerProperties({ data: '/tmp/kafka', host: '0.0.0.0', port: PORT, controllerPort: CONTROLLER_PORT }),
    'advertised.listeners': `PLAINTEXT://${host}:${port}`,
    ...settings,
  };
  const environment = Object.entries(properties).map(([name, value]) => [variableOf(name), value] as const);
  const started = await new GenericContainer(image)
    .withEnvironment({ CLUSTER_ID, KAFKA_HEAP_OPTS: '-Xmx512m', ...Object.fromEntries(environment) })
    .withExposedPorts({ container: PORT, host: port })
    .withStartupTimeout(START_MS)
    .start();
  const container = runtime.container.getById(started.getId());
  const address = `${host}:${port}`;
  await untilAnswering(address);
  return {
    address,
    async kill() {
      await container.kill();
      await container.wait();
    },
    async start() {
      await container.start();
      await untilAnswering(address);
    },
    stop: async () => void (await started.stop({ timeout: 0 })),
  };
}

/** Docker takes connections before the broker does. */
async function untilAnswering(address: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const connection = { brokers: [address], clientId: 'test-broker' };
    const client = createKafkajsClient({ connection, logger: createLogger({ name: 'test-broker', level: 'silent' }) });
    try {
      await client.ensureTopics([]);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    } finally {
      await client.close();
    }
  }
}

/** The variable by which the official image takes a line of server.properties. */
function variableOf(name: string): string {
  return `KAFKA_${name.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_').toUpperCase()}`;
}
