import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../runtime/free-port.ts';
import { type LocalBroker, lackingForBroker, prepareLocalBroker } from '../broker/local-broker.ts';

/** A real Apache Kafka broker, of its own or one that was named. */
export type TestBroker = Pick<LocalBroker, 'address' | 'kill' | 'start'> & {
  /** Ends it and removes what it wrote. */
  stop(): Promise<void>;
};

/** Why `startTestBroker` cannot work here, for a test that is skipped; null when it can. */
export function lackingForTestBroker(): string | null {
  if (process.env.KAFKA_BROKERS !== undefined) return null;
  const [java, docker] = [lackingForBroker(), lackingForContainers()];
  return java === null || docker === null ? null : `no broker: ${java}; ${docker}; KAFKA_BROKERS names none`;
}

/** True when the broker is ours to kill. */
export function isOwnBroker(): boolean {
  return process.env.KAFKA_BROKERS === undefined;
}

/**
 * One node in KRaft mode over fresh data on free ports, ready for requests; `settings` are lines of server.properties. The
 * brokers that KAFKA_BROKERS names, else one that Java runs, else one in a container.
 */
export async function startTestBroker(settings: Readonly<Record<string, string>> = {}): Promise<TestBroker> {
  const named = process.env.KAFKA_BROKERS;
  if (named !== undefined) return namedBroker(named);
  if (lackingForBroker() === null) return startJavaBroker(settings);
  // Its library takes long to load.
  const { startContainerBroker } = await import('./container-broker.ts');
  return startContainerBroker(settings);
}

function lackingForContainers(): string | null {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  if (!host.startsWith('unix://') || existsSync(host.slice('unix://'.length))) return null;
  return `no Docker daemon answers at ${host}`;
}

async function startJavaBroker(settings: Readonly<Record<string, string>>): Promise<TestBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-broker-'));
  const broker = await prepareLocalBroker({ folder, port: await freePort(), settings });
  await broker.start();
  return {
    ...broker,
    async stop() {
      await broker.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function namedBroker(address: string): TestBroker {
  const notOurs = (): never => {
    throw new Error('KAFKA_BROKERS names brokers that are not ours to stop');
  };
  return { address, kill: async () => notOurs(), start: async () => notOurs(), stop: async () => {} };
}
