import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import type { RequestConnection } from './kafkajs-request.ts';

/**
 * What we use of kafkajs 2.2.4 beneath its public surface, as far as we use it. Its producer makes several objects per
 * message (17 us each) and its consumer resolves offsets by itself; its connections, their authentication and its
 * knowledge of leaders are sound. The version is pinned.
 */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  /** Whose leaders are asked for: one that does not exist keeps all others from being known. */
  readonly targetTopics: Set<string>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[];
  /** Leader's node id to its partitions. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, number[]>>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
  removeBroker(address: { host: string; port: number }): void;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
  findControllerBroker(): Promise<Broker>;
}

export interface Broker {
  /** By request, once connected. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null;
  readonly connectionPool: {
    readonly host: string;
    readonly port: number;
    /** Opens connection 0, or 1 for fetches, when it is not open. Two calls at once open it twice: see `openConnection`. */
    getConnection(index: number): Promise<RequestConnection>;
    send<Answer>(protocol: Protocol<Answer>): Promise<Answer>;
  };
  joinGroup(request: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    groupProtocols: readonly { name: string; metadata: Buffer }[];
  }): Promise<{
    generationId: number;
    leaderId: string;
    memberId: string;
    /** For the leader alone. */
    members: readonly { memberId: string; memberMetadata: Buffer }[];
  }>;
  syncGroup(request: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[];
  }): Promise<{ memberAssignment: Buffer }>;
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<unknown>;
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    retentionTime: string | undefined;
    topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[];
  }): Promise<unknown>;
}

export interface Protocol<Answer> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<{ buf: Buffer; buffer: Buffer; size: () => number }>;
  };
  readonly response: {
    readonly decode: (bytes: Buffer) => Promise<{ clientSideThrottleTime: number; answer: Answer }>;
    readonly parse: (decoded: { answer: Answer }) => Promise<Answer>;
  };
}

/** A request that we write and an answer that we read ourselves. */
export function ownProtocol<Answer>(
  name: Pick<Protocol<Answer>['request'], 'apiKey' | 'apiVersion' | 'apiName'>,
  encode: () => Buffer,
  decode: (bytes: Buffer) => { readonly answer: Answer; readonly throttleMs: number },
): Protocol<Answer> {
  return {
    request: {
      ...name,
      async encode() {
        const buffer = encode();
        return { buf: buffer, buffer, size: () => buffer.length };
      },
    },
    response: {
      async decode(bytes) {
        const { answer, throttleMs } = decode(bytes);
        return { clientSideThrottleTime: throttleMs, answer };
      },
      parse: async ({ answer }) => answer,
    },
  };
}

/** A cluster of this client: kafkajs makes one for each producer, consumer and admin, by a method under a symbol. */
export function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  // Its type is not published; the version is pinned and the tests run against it.
  const create = symbol && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  if (create === undefined) throw new Error('kafkajs is not the version that this client was made for');
  return create({ metadataMaxAge: METADATA_MAX_AGE_MS, allowAutoTopicCreation: false, maxInFlightRequests: null });
}

const GROUP_COORDINATOR = 0;

/** The group's coordinator. Where there is none, kafkajs does not tell why: then it is asked for once more, directly. */
export async function findCoordinator(cluster: Cluster, groupId: string): Promise<Broker> {
  try {
    return await cluster.findGroupCoordinator({ groupId });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'KafkaJSGroupCoordinatorNotFound') throw error;
    const broker = await cluster.findControllerBroker();
    await broker.findGroupCoordinator({ groupId, coordinatorType: GROUP_COORDINATOR });
    throw error;
  }
}

export const FETCH_CONNECTION = 1;
const opening = new WeakMap<Broker, Promise<RequestConnection>>();

/**
 * Opens a broker's connection before a request: kafkajs opens a second socket for a second request that comes meanwhile,
 * and the first one's answer is lost until it times out.
 */
export function openConnection(broker: Broker, index: 0 | typeof FETCH_CONNECTION): Promise<RequestConnection> {
  const previous = opening.get(broker)?.catch(() => {}) ?? Promise.resolve();
  const opened = previous.then(() => broker.connectionPool.getConnection(index));
  opening.set(broker, opened);
  return opened;
}

const METADATA_MAX_AGE_MS = 60_000;

interface RequestQueue {
  pending: readonly unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests: () => void;
  scheduleRequestTimeoutCheck: () => void;
  requestTimeoutIntervalId: NodeJS.Timeout;
  readonly inflight: ReadonlyMap<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>;
  isConnected(): boolean;
  /** Ends the looking at what is in flight. */
  destroy(): void;
}

/** Between two looks at whether a request has timed out, which takes seconds. */
const TIMEOUT_LOOK_MS = 1_000;

let isMended = false;

/**
 * A connection with nothing to send looks at its queue a thousand times a second: the time to wait is negative, which a
 * timer takes for 1 ms (and Node 24 warns of it). What is pending is looked at whenever an answer comes. What is in flight it
 * looks at ten times a second, with ten connections a hundred times: a quarter of what ingest costs at rest.
 */
export function mendIdleTimers(): void {
  if (isMended) return;
  isMended = true;
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleWhatIsPending(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
  prototype.scheduleRequestTimeoutCheck = function lookAtTimeouts(this: RequestQueue): void {
    this.destroy();
    this.requestTimeoutIntervalId = setInterval(() => {
      for (const request of this.inflight.values()) {
        if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
      }
      if (!this.isConnected()) this.destroy();
    }, TIMEOUT_LOOK_MS);
  };
}
