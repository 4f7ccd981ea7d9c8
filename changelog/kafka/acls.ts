import { systemTopic, type TopicSettings } from './topics.ts';

/** Operations of Kafka's authorizer that are needed (https://kafka.apache.org/documentation/#operations_resources_and_protocols). */
export type AclOperation = 'Create' | 'DescribeConfigs' | 'Read' | 'Write';

/** Operations that a user needs on a resource. Describe comes with Read and with Write. */
export interface Acl {
  readonly resource: 'topic' | 'group';
  readonly name: string;
  /** `prefixed`: whatever begins with the name. */
  readonly pattern: 'literal' | 'prefixed';
  readonly operations: readonly AclOperation[];
}

/** What a user does: publish, load (also beside others, and `millrace log`), or both, as `millrace ingest` does. */
export type KafkaRole = 'publisher' | 'loader' | 'both';

export function loaderGroup({ prefix }: Pick<TopicSettings, 'prefix'>): string {
  return `${prefix}millrace-loader`;
}

/** Exactly what is needed. Topics of a source begin with its name; those with what cannot be read are among them. */
export function neededAcls(options: {
  role: KafkaRole;
  topics: TopicSettings;
  sources: readonly string[];
}): readonly Acl[] {
  const { role, topics, sources } = options;
  const ofSource: Record<KafkaRole, readonly AclOperation[]> = {
    publisher: ['Create', 'DescribeConfigs', 'Write'],
    // Writes to those that end in `.dlq`.
    loader: ['Create', 'DescribeConfigs', 'Read', 'Write'],
    both: ['Create', 'DescribeConfigs', 'Read', 'Write'],
  };
  const ours = systemTopic('watermarks', topics).replace(/watermarks$/, '');
  const acls: Acl[] = [
    // `log rewind` writes to them.
    { resource: 'topic', name: ours, pattern: 'prefixed', operations: ['Create', 'DescribeConfigs', 'Read', 'Write'] },
    ...sources.map(
      (source): Acl => ({
        resource: 'topic',
        name: `${topics.prefix}${source}.`,
        pattern: 'prefixed',
        operations: ofSource[role],
      }),
    ),
  ];
  if (role === 'publisher') return acls;
  return [...acls, { resource: 'group', name: loaderGroup(topics), pattern: 'literal', operations: ['Read'] }];
}

/** As Kafka's own command grants it. */
export function aclCommand(principal: string, { resource, name, pattern, operations }: Acl): string {
  const asked = operations.map((operation) => `--operation ${operation}`).join(' ');
  const on = `--${resource} '${name}' --resource-pattern-type ${pattern}`;
  return `kafka-acls.sh --bootstrap-server BROKER --add --allow-principal 'User:${principal}' ${asked} ${on}`;
}
