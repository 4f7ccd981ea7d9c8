import { type Acl, aclCommand, loaderGroup, neededAcls } from '../../changelog/kafka/acls.ts';
import { type BrokerFacts, readBrokerFacts } from '../../changelog/kafka/client/broker-facts.ts';
import type { TopicSpec } from '../../changelog/kafka/client/kafka-client.ts';
import type { KafkaConnection } from '../../changelog/kafka/client/kafkajs-connection.ts';
import { KAFKA_ERRORS } from '../../changelog/kafka/errors.ts';
import { differenceText, judgeTopic, type TopicKind } from '../../changelog/kafka/topic-judgement.ts';
import {
  rejectedTopicSpec,
  type SystemTopic,
  systemTopicSpec,
  type TopicSettings,
  tableTopicSpec,
  transactionTopicSpec,
} from '../../changelog/kafka/topics.ts';
import { bySeverity, type Finding, finding } from '../../ingest/check/finding.ts';
import { type ErrorDefinition, MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';

/** What the check of Kafka found. */
export interface KafkaCheck {
  /** Addresses of the configuration. */
  readonly at: string;
  /** Kafka's version, at least; null where it could not be asked. */
  readonly server: string | null;
  readonly brokers: number;
  readonly findings: readonly Finding[];
}

const SYSTEM: readonly SystemTopic[] = ['watermarks', 'relations', 'capture-states'];

/** Asks the brokers, changes nothing. Never rejects: what stands in the way is a finding as well. */
export async function checkKafka(options: {
  connection: KafkaConnection;
  topics: TopicSettings;
  sources: readonly string[];
  transactions: boolean;
  logger: Logger;
}): Promise<KafkaCheck> {
  const { connection, topics, sources, logger } = options;
  const at = connection.brokers.join(', ');
  const kinds = new Map<string, { kind: TopicKind; spec: TopicSpec }>();
  const add = (kind: TopicKind, spec: TopicSpec): void => void kinds.set(spec.topic, { kind, spec });
  const specsOf = (shown: readonly string[]): TopicSpec[] => {
    for (const name of SYSTEM) add('system', systemTopicSpec(name, topics));
    for (const source of sources) {
      const ofSource = shown.filter((topic) => topic.startsWith(`${topics.prefix}${source}.`));
      // One that stands for those of the source's tables.
      if (ofSource.length === 0) add('table', tableTopicSpec(`${topics.prefix}${source}.table`, topics));
      for (const topic of ofSource) {
        if (topic.endsWith('.dlq')) add('rejected', rejectedTopicSpec(topic.slice(0, -'.dlq'.length), topics));
        else add('table', tableTopicSpec(topic, topics));
      }
      if (options.transactions) add('transactions', transactionTopicSpec(source, topics));
    }
    return [...kinds.values()].map(({ spec }) => spec);
  };
  try {
    const facts = await readBrokerFacts({ connection, specsOf, groupId: loaderGroup(topics), logger });
    const principal = connection.sasl?.username ?? 'NAME';
    const acls = neededAcls({ role: 'both', topics, sources });
    const findings = [
      ...rightsFindings(facts, acls, principal),
      ...[...kinds.values()].flatMap(({ kind, spec }) => {
        const found = facts.topics.find(({ topic }) => topic === spec.topic)?.facts ?? null;
        return found === null ? [] : topicFindings(spec.topic, judgeTopic(kind, spec, found));
      }),
      ...limitFindings(facts),
    ];
    return { at, server: facts.atLeast, brokers: facts.brokers, findings: findings.sort(bySeverity) };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return { at, server: null, brokers: 0, findings: [errorFinding(error)] };
  }
}

/** What may not be done with topics that are there, nor created, nor joined. */
function rightsFindings(facts: BrokerFacts, acls: readonly Acl[], principal: string): Finding[] {
  const found: Finding[] = [];
  const lacks = (acl: Acl, detail: string): void => {
    found.push(finding('error', KAFKA_ERRORS.notAuthorized, { detail, sql: aclCommand(principal, acl) }));
  };
  for (const { topic, operations } of facts.topics) {
    const acl = acls.find(({ resource, name }) => resource === 'topic' && topic.startsWith(name));
    const lacking = acl?.operations.filter((operation) => !operations.has(operation)) ?? [];
    for (const operation of lacking) lacks(acl as Acl, `${operation} on topic ${topic}`);
  }
  for (const error of facts.notCreatable) {
    const acl = acls.find(({ resource, name }) => resource === 'topic' && error.message.includes(` ${name}`));
    if (error.code === KAFKA_ERRORS.notAuthorized.code && acl !== undefined) lacks(acl, detailOf(error));
    else found.push(errorFinding(error));
  }
  const ofGroup = acls.find(({ resource }) => resource === 'group');
  if (facts.groupError !== null && ofGroup !== undefined) lacks(ofGroup, detailOf(facts.groupError));
  return found;
}

function topicFindings(topic: string, differences: ReturnType<typeof judgeTopic>): Finding[] {
  const bySeverityOf: Record<(typeof differences)[number]['severity'], [Finding['severity'], ErrorDefinition]> = {
    refuse: ['error', KAFKA_ERRORS.topicUnsuitable],
    warn: ['warning', KAFKA_ERRORS.topicDiffers],
    note: ['notice', KAFKA_ERRORS.topicDiffers],
  };
  return differences.map((difference) => {
    const [severity, definition] = bySeverityOf[difference.severity];
    return finding(severity, definition, { table: topic, detail: differenceText(difference) });
  });
}

/** Below it rows of a table with large values may not fit. */
const SMALL_MESSAGE_BYTES = 1_000_000;

function limitFindings({ brokers, topics }: BrokerFacts): Finding[] {
  const found: Finding[] = [];
  for (const { topic, facts } of topics) {
    if (facts === null) continue;
    if (facts.maxMessageBytes < SMALL_MESSAGE_BYTES) {
      const detail = `max.message.bytes is ${facts.maxMessageBytes}: a row that is larger, compressed, stops its table`;
      found.push(finding('warning', KAFKA_ERRORS.messageTooLarge, { table: topic, detail }));
    }
  }
  if (brokers === 1) {
    const detail = 'there is one broker: what it has acknowledged is lost with its disk';
    found.push(finding('notice', KAFKA_ERRORS.notDurable, { detail }));
  }
  return found;
}

function errorFinding(error: MillraceError): Finding {
  const { code, remedy, policy } = error;
  return finding(
    'error',
    { code, remedy, policy, cause: 'the brokers cannot be used as configured' },
    { detail: detailOf(error) },
  );
}

function detailOf({ code, message }: MillraceError): string {
  return message.replace(`${code}: `, '');
}
