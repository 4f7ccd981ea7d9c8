import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalBroker, lackingForBroker, prepareLocalBroker } from '../changelog/kafka/broker/local-broker.ts';
import { aborted, NEVER, sleep } from '../runtime/abortable.ts';
import { MillraceError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { identify, isAlive, type ProcessIdentity } from '../runtime/process-identity.ts';
import { DEMO_ERRORS } from './errors.ts';

/** Brokers that the demo's change log is kept in. */
export interface DemoBroker {
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

export interface DemoBrokerOptions {
  /** Its data, kept from one start to the next. Nobody else may use it meanwhile. */
  readonly folder: string;
  /** Asked when it is about to start. */
  readonly port: () => Promise<number>;
  readonly logger: Logger;
}

const AGAIN_MS = 1_000;
const POLL_MS = 20;

/**
 * A real Apache Kafka broker, started again when it dies; with KAFKA_BROKERS set those brokers instead, which are left as they
 * are. Throws DEMO_BROKER_LACKING, DEMO_BROKER_FAILED.
 */
export async function startDemoBroker({ folder, port, logger }: DemoBrokerOptions): Promise<DemoBroker> {
  const named = process.env.KAFKA_BROKERS;
  if (named !== undefined) return { addresses: named.split(','), stop: async () => {} };
  const lacking = lackingForBroker();
  if (lacking !== null) throw new MillraceError(DEMO_ERRORS.brokerLacking, lacking);
  mkdirSync(folder, { recursive: true });
  const pidFile = join(folder, 'broker.pid');
  await endFormer(pidFile);
  let broker: LocalBroker;
  const start = async (): Promise<void> => {
    await broker.start();
    writeFileSync(pidFile, JSON.stringify(identify(broker.pid() ?? 0)));
  };
  try {
    broker = await prepareLocalBroker({ folder, port: await port() });
    await start();
  } catch (error) {
    throw new MillraceError(DEMO_ERRORS.brokerFailed, folder, { cause: error });
  }
  const stopping = new AbortController();
  const kept = keep(broker, { start, logger, signal: stopping.signal });
  return {
    addresses: [broker.address],
    async stop() {
      stopping.abort();
      await kept;
      await broker.stop();
      rmSync(pidFile, { force: true });
    },
  };
}

async function keep(
  broker: LocalBroker,
  { start, logger, signal }: { start: () => Promise<void>; logger: Logger; signal: AbortSignal },
): Promise<void> {
  const stopped = aborted(signal);
  while (!signal.aborted) {
    await Promise.race([broker.ended(), stopped]);
    if (signal.aborted) return;
    logger.warn('the broker died; starting it again');
    await sleep(AGAIN_MS, signal);
    await start().catch((error: unknown) => logger.warn({ err: error }, 'the broker did not come back'));
  }
}

/** The broker of a demo that was killed lives on. */
async function endFormer(pidFile: string): Promise<void> {
  let former: ProcessIdentity;
  try {
    former = JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessIdentity;
  } catch {
    return;
  }
  if (!isAlive(former)) return;
  process.kill(former.pid, 'SIGKILL');
  while (isAlive(former)) await sleep(POLL_MS, NEVER);
}
