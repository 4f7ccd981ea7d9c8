import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../runtime/free-port.ts';
import { type LocalBroker, lackingForBroker, prepareLocalBroker } from '../broker/local-broker.ts';

/** A real Apache Kafka broker, of its own or one that was named. */
export type TestBroker = Pick<LocalBroker, 'address' | 'kill' | 'freeze' | 'thaw' | 'start'> & {
  /** Ends it and removes what it wrote. */
  stop(): Promise<void>;
};

/** Why `startTestBroker` cannot work here, for a test that is skipped; null when it can. */
export function lackingForTestBroker(): string | null {
  return process.env.KAFKA_BROKERS === undefined ? lackingForBroker() : null;
}

/** True when the broker is ours to kill. */
export function isOwnBroker(): boolean {
  return process.env.KAFKA_BROKERS === undefined;
}

/**
 * One node in KRaft mode over a fresh folder on free ports, ready for requests; `settings` are lines of
 * server.properties. With KAFKA_BROKERS set: those brokers.
 */
export async function startTestBroker(settings: Readonly<Record<string, string>> = {}): Promise<TestBroker> {
  const named = process.env.KAFKA_BROKERS;
  if (named !== undefined) return namedBroker(named);
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
  return {
    address,
    kill: async () => notOurs(),
    freeze: notOurs,
    thaw: notOurs,
    start: async () => notOurs(),
    stop: async () => {},
  };
}
