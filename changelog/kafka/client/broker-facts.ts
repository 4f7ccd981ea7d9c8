import type { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { AclOperation } from '../acls.ts';
import { decodeMetadata, encodeMetadata, METADATA } from './authorized-operations.ts';
import { classifyError } from './classify-error.ts';
import type { TopicFacts, TopicSpec } from './kafka-client.ts';
import { createKafkajsAdmin } from './kafkajs-admin.ts';
import { createKafkajs, type KafkaConnection } from './kafkajs-connection.ts';
import { createCluster, findCoordinator, openConnection, ownProtocol } from './kafkajs-internals.ts';

/** What the brokers say to somebody who changes nothing. */
export interface BrokerFacts {
  readonly brokers: number;
  /** The oldest version that it can be, such as `4.0`; kafka does not tell it. */
  readonly atLeast: string;
  /** Of those topics that were asked about, exist and may be seen; null for the settings that may not. */
  readonly topics: readonly {
    readonly facts: TopicFacts | null;
    readonly topic: string;
    readonly operations: ReadonlySet<AclOperation>;
  }[];
  /** Of each topic that would have to be created, why it could not be. */
  readonly notCreatable: readonly MillraceError[];
  /** Why no member of the group can be; null when one can. */
  readonly groupError: MillraceError | null;
}

/** Of the Produce request, by its newest version (https://kafka.apache.org/protocol.html#The_Messages_Produce). */
const PRODUCE = 0;
const VERSIONS: readonly (readonly [produce: number, kafka: string])[] = [
  [13, '4.1'],
  [12, '4.0'],
  [11, '3.8'],
  [10, '3.7'],
  [9, '2.8'],
  [8, '2.4'],
  [7, '2.1'],
];
/** Somebody who is no member is told so, when he may be one. */
const NO_MEMBER = 'millrace-check';
const UNKNOWN_MEMBER = 25;
const GROUP_COORDINATOR_LOADING = new Set([14, 15, 16]);

/** Asks without changing anything. Throws what connecting fails with, or KAFKA_UNREACHABLE. */
export async function readBrokerFacts(options: {
  connection: KafkaConnection;
  /** Topics that will be needed, among those that this user may see; those that are not there would be created. */
  specsOf: (topics: readonly string[]) => readonly TopicSpec[];
  groupId: string;
  logger: Logger;
}): Promise<BrokerFacts> {
  const { groupId, logger } = options;
  const kafka = createKafkajs(options);
  const cluster = createCluster(kafka);
  const admin = createKafkajsAdmin({ kafka, logger });
  try {
    const shown = new Set(await admin.topics());
    const specs = options.specsOf([...shown]);
    await cluster.connect();
    await cluster.refreshMetadata();
    const existing = specs.filter(({ topic }) => shown.has(topic));
    const broker = await cluster.findControllerBroker();
    await openConnection(broker, 0);
    const encode = (): Buffer => encodeMetadata(existing.map(({ topic }) => topic));
    const { brokers, topics } = await broker.connectionPool.send(
      ownProtocol(METADATA, encode, (bytes) => ({ answer: decodeMetadata(bytes), throttleMs: 0 })),
    );
    const found = [];
    for (const spec of existing) {
      const operations = topics.find(({ topic }) => topic === spec.topic)?.operations ?? new Set<AclOperation>();
      const facts = operations.has('DescribeConfigs') ? await admin.facts(spec) : null;
      found.push({ topic: spec.topic, facts, operations });
    }
    const notCreatable: MillraceError[] = [];
    for (const spec of specs.filter(({ topic }) => !shown.has(topic))) {
      const error = await admin.whyNotCreated(spec);
      if (error !== null) notCreatable.push(error);
    }
    return {
      brokers: brokers.length,
      atLeast: versionOf(broker.versions?.[PRODUCE]?.maxVersion ?? 0),
      topics: found,
      notCreatable,
      groupError: await askForGroup(),
    };
  } catch (error) {
    throw classifyError(error, 'asking the brokers');
  } finally {
    await Promise.allSettled([cluster.disconnect(), admin.close()]);
  }

  async function askForGroup(): Promise<MillraceError | null> {
    try {
      const coordinator = await findCoordinator(cluster, groupId);
      await openConnection(coordinator, 0);
      await coordinator.heartbeat({ groupId, groupGenerationId: 0, memberId: NO_MEMBER });
      return null;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? Number(error.code) : 0;
      // A coordinator is made for the first member.
      if (code === UNKNOWN_MEMBER || GROUP_COORDINATOR_LOADING.has(code)) return null;
      return classifyError(error, `Read on group ${groupId}`);
    }
  }
}

function versionOf(produce: number): string {
  return VERSIONS.find(([newest]) => produce >= newest)?.[1] ?? 'before 2.1';
}
