import kafkajs from 'kafkajs';
import type { KafkaConfig } from '../../../runtime/config/config.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { mendIdleTimers } from './kafkajs-internals.ts';
import { watchedSockets } from './watched-socket.ts';

export interface KafkaConnection {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** True for the machine's authorities; else the certificates themselves, as PEM. */
  readonly tls?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}

/** The brokers that a configuration names, and how it signs in there. */
export function connectionOf(
  { brokers, tls, sasl }: Pick<KafkaConfig, 'brokers' | 'tls' | 'sasl'>,
  clientId: string,
): KafkaConnection {
  return { brokers, clientId, ...(tls === undefined ? {} : { tls }), ...(sasl === undefined ? {} : { sasl }) };
}

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** So long the brokers may wait for the replicas of what they were sent. */
export const ACKNOWLEDGE_TIMEOUT_MS = 10_000;
/** Longer than any answer is waited for at the brokers: what is sent, and members that join a group (`REBALANCE_MS`). */
const SILENCE_MS = 13_000;
/** Ours go on for ever, and say so: the library's own only cover a hiccup. */
export const RETRY = { initialRetryTime: 100, maxRetryTime: 500, retries: 2 };

/** kafkajs with its flaws mended: idle timers, half-open connections, and what it logs. Connects to nothing yet. */
export function createKafkajs(options: { connection: KafkaConnection; logger: Logger }): kafkajs.Kafka {
  const { connection, logger } = options;
  mendIdleTimers();
  return new kafkajs.Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    socketFactory: watchedSockets(SILENCE_MS),
    retry: RETRY,
    ...(connection.tls === undefined || connection.tls === false ? {} : { ssl: connection.tls }),
    // One of its alternatives, whichever the mechanism is.
    ...(connection.sasl === undefined ? {} : { sasl: connection.sasl as kafkajs.SASLOptions }),
    logLevel: kafkajs.logLevel.WARN,
    // What it reports as errors it tries again, or throws: then it is ours to say.
    logCreator:
      () =>
      ({ log: { message }, namespace }) =>
        logger.debug({ namespace }, message),
  });
}
