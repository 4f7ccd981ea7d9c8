import kafkajs from 'kafkajs';
import type { Logger } from '../../../runtime/logger.ts';
import { classifyError } from './classify-error.ts';
import { withDeadline } from './deadline.ts';
import {
  type GroupMemberFacts,
  type GroupShare,
  type JoinedGroup,
  type KafkaGroup,
  REBALANCE_MS,
  SESSION_MS,
} from './kafka-group.ts';
import { createKafkajs, type KafkaConnection } from './kafkajs-connection.ts';
import { type Broker, createCluster, findCoordinator, openConnection } from './kafkajs-internals.ts';

/** Of the protocol: https://kafka.apache.org/protocol.html#protocol_error_codes */
const REBALANCE_IN_PROGRESS = 27;
/** ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, MEMBER_ID_REQUIRED, FENCED_INSTANCE_ID. */
const OVER = new Set([22, 25, 79, 82]);
const PROTOCOL = 'millrace';
/** Offsets that are written down are kept as long as the brokers say. */
const RETENTION: string | undefined = undefined;

/** A member over kafkajs's connections; on one of its own, since a broker answers one request after the other on each. */
export function createKafkajsGroup(options: {
  connection: KafkaConnection;
  groupId: string;
  logger: Logger;
}): KafkaGroup {
  const { groupId } = options;
  const cluster = createCluster(createKafkajs(options));
  let coordinator: Broker | null = null;
  let memberId = '';
  let generation = -1;

  async function ask<T>(request: (broker: Broker) => Promise<T>): Promise<T> {
    try {
      if (!cluster.isConnected()) await cluster.connect();
      coordinator ??= await findCoordinator(cluster, groupId);
      await openConnection(coordinator, 0);
      return await withDeadline(`Read on group ${groupId}`, request(coordinator));
    } catch (error) {
      if (!isGroupAnswer(error)) coordinator = null;
      throw error;
    }
  }

  async function joinOnce({ owned, assign }: Parameters<KafkaGroup['join']>[0]): Promise<JoinedGroup> {
    const userData = Buffer.from(JSON.stringify({ owned }));
    const metadata = kafkajs.AssignerProtocol.MemberMetadata.encode({ version: 1, topics: [], userData });
    const joined = await ask((broker) =>
      broker.joinGroup({
        groupId,
        sessionTimeout: SESSION_MS,
        rebalanceTimeout: REBALANCE_MS,
        memberId,
        groupProtocols: [{ name: PROTOCOL, metadata }],
      }),
    );
    ({ memberId, generationId: generation } = joined);
    const isLeader = joined.leaderId === memberId;
    const shares = isLeader ? assign(joined.members.map(factsOf)) : new Map<string, GroupShare>();
    const answer = await ask((broker) =>
      broker.syncGroup({
        groupId,
        generationId: generation,
        memberId,
        groupAssignment: [...shares].map(([id, share]) => ({ memberId: id, memberAssignment: encodeShare(share) })),
      }),
    );
    return { memberId, generation, isLeader, units: unitsOf(answer.memberAssignment) };
  }

  return {
    async join(options) {
      for (;;) {
        try {
          return await joinOnce(options);
        } catch (error) {
          const code = codeOf(error);
          if (code !== null && OVER.has(code)) {
            memberId = '';
            if (options.owned.length > 0) return 'lost';
          }
          // Somebody else came meanwhile: once more.
          else if (code !== REBALANCE_IN_PROGRESS) throw classifyError(error, `Read on group ${groupId}`);
        }
      }
    },
    async heartbeat() {
      try {
        await ask((broker) => broker.heartbeat({ groupId, groupGenerationId: generation, memberId }));
        return 'ok';
      } catch (error) {
        const code = codeOf(error);
        if (code === REBALANCE_IN_PROGRESS) return 'rejoin';
        if (code === null || !OVER.has(code)) throw classifyError(error, `Read on group ${groupId}`);
        memberId = '';
        return 'lost';
      }
    },
    async commit(offsets) {
      const topics = [...offsets].map(([topic, next]) => ({
        topic,
        partitions: next.map((offset, partition) => ({ partition, offset: offset.toString() })),
      }));
      if (topics.length === 0) return true;
      try {
        const request = { groupId, groupGenerationId: generation, memberId, retentionTime: RETENTION, topics };
        await ask((broker) => broker.offsetCommit(request));
        return true;
      } catch (error) {
        const code = codeOf(error);
        if (code === REBALANCE_IN_PROGRESS || (code !== null && OVER.has(code))) return false;
        throw classifyError(error, `Read on group ${groupId} and its topics`);
      }
    },
    async leave() {
      if (memberId === '') return;
      const leaving = memberId;
      memberId = '';
      await ask((broker) => broker.leaveGroup({ groupId, memberId: leaving })).catch(() => {});
    },
    close: () => cluster.disconnect(),
  };
}

function codeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'number' ? error.code : null;
}

/** Said by the coordinator itself: it is still the one. */
function isGroupAnswer(error: unknown): boolean {
  const code = codeOf(error);
  return code !== null && (code === REBALANCE_IN_PROGRESS || OVER.has(code));
}

function factsOf(member: { memberId: string; memberMetadata: Buffer }): GroupMemberFacts {
  const metadata = kafkajs.AssignerProtocol.MemberMetadata.decode(member.memberMetadata);
  const userData = metadata === null || metadata.userData.length === 0 ? '{}' : metadata.userData.toString();
  const { owned = [] } = JSON.parse(userData) as { owned?: string[] };
  return { id: member.memberId, owned };
}

function encodeShare({ units, partitions }: GroupShare): Buffer {
  const assignment = Object.fromEntries(
    Object.entries(partitions).map(([topic, count]) => [topic, Array.from({ length: count }, (_, i) => i)]),
  );
  const userData = Buffer.from(JSON.stringify({ units }));
  return kafkajs.AssignerProtocol.MemberAssignment.encode({ version: 1, assignment, userData });
}

function unitsOf(assignment: Buffer): readonly string[] {
  const decoded = assignment.length === 0 ? null : kafkajs.AssignerProtocol.MemberAssignment.decode(assignment);
  if (decoded === null || decoded.userData.length === 0) return [];
  return (JSON.parse(decoded.userData.toString()) as { units: string[] }).units;
}
