import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What can go wrong with Kafka as the change log. */
export const KAFKA_ERRORS = {
  unreachable: {
    code: 'KAFKA_UNREACHABLE',
    cause: 'No broker answers, or the leader of a partition is not known at the moment.',
    remedy:
      'None if it passes: publishing goes on by itself, and the source keeps its WAL meanwhile. Else look at the brokers, and at `log.kafka.tls` and `sasl`: a broker hangs up without a word on who does not speak TLS, or SASL, where it does.',
    policy: 'retry',
  },
  notDurable: {
    code: 'KAFKA_NOT_ENOUGH_REPLICAS',
    cause: 'A partition has fewer replicas in sync than `min.insync.replicas`, so nothing can be made durable.',
    remedy: 'Bring the brokers back that hold its replicas.',
    policy: 'retry',
  },
  authentication: {
    code: 'KAFKA_AUTHENTICATION_FAILED',
    cause: 'The brokers do not accept the credentials.',
    remedy: 'Correct `log.kafka.sasl` or `log.kafka.tls`.',
    policy: 'operator',
  },
  certificate: {
    code: 'KAFKA_CERTIFICATE_REJECTED',
    cause: "The brokers' certificate, or ours, is not trusted, or not for this name.",
    remedy: 'Correct `log.kafka.tls`: `ca` has to be the authority of the brokers, and their names those of `brokers`.',
    policy: 'operator',
  },
  notAuthorized: {
    code: 'KAFKA_NOT_AUTHORIZED',
    cause: 'The user may not do this operation on the topic, the group or the cluster.',
    remedy: 'Grant it; `millrace check` prints the commands for all rights that are needed.',
    policy: 'operator',
  },
  messageTooLarge: {
    code: 'KAFKA_MESSAGE_TOO_LARGE',
    cause: "A single row is larger than the topic's `max.message.bytes`, compressed as well.",
    remedy: "Raise the topic's `max.message.bytes` (and the consumers' fetch sizes), then resync the table.",
    policy: 'operator',
  },
  topicUnsuitable: {
    code: 'KAFKA_TOPIC_UNSUITABLE',
    cause: 'A topic that Millrace needs exists with other settings than it must have.',
    remedy: 'Alter the topic; or delete it when it holds nothing of value, or name another `log.kafka.prefix`.',
    policy: 'operator',
  },
  topicDiffers: {
    code: 'KAFKA_TOPIC_DIFFERS',
    cause: 'A topic exists with other settings than configured. Nothing is lost by it.',
    remedy: 'Alter the topic as its owner, or the configuration: Millrace alters no topic.',
    policy: 'operator',
  },
  topicRefused: {
    code: 'KAFKA_TOPIC_REFUSED',
    cause: 'The brokers do not create a topic with these settings.',
    remedy: 'Correct `log.kafka.partitions`, `replication` (no more than there are brokers) or `settings`.',
    policy: 'operator',
  },
  topicMissing: {
    code: 'KAFKA_TOPIC_MISSING',
    cause: 'A topic, or a partition of it, is not there: it was created a moment ago, or somebody has deleted it.',
    remedy: 'None: what was in it comes from the source again. Find out who deleted it.',
    policy: 'retry',
  },
  topicLost: {
    code: 'KAFKA_TOPIC_LOST',
    cause: "A table's topic was deleted, or created anew by somebody else: what was in it may not have been loaded.",
    remedy: 'None: the topic is created again and the table copied anew from its source. Find out who deleted it.',
    policy: 'operator',
  },
  stateGone: {
    code: 'KAFKA_STATE_GONE',
    cause:
      'A topic of Millrace was deleted, emptied or created anew: it does not have any more what was written to it.',
    remedy:
      'Run `millrace sources resync <source>` for each source. Where `millrace.capture-states` itself is gone: restore it, or drop the slots and the replicas, and begin anew.',
    policy: 'operator',
  },
  refused: {
    code: 'KAFKA_REFUSED',
    cause: 'The broker refuses what it was sent, and would refuse it again.',
    remedy: 'Read the error of the broker in the log.',
    policy: 'fatal',
  },
  topicUnknown: {
    code: 'KAFKA_TOPIC_UNKNOWN',
    cause: 'No table of this name was ever published for this source.',
    remedy: 'Name a source of the configuration, and one of its tables as `table` or `schema.table`.',
    policy: 'operator',
  },
  messagesGone: {
    code: 'KAFKA_MESSAGES_GONE',
    cause: "Messages of a table's topic were deleted, by its retention or by hand, before they were loaded.",
    remedy:
      "None: the table is copied anew from its source. Raise the topic's `retention.ms` and `retention.bytes`, or keep loaders running.",
    policy: 'operator',
  },
  messageUnreadable: {
    code: 'KAFKA_MESSAGE_UNREADABLE',
    cause: "A message of a table's topic is none that this version can read: it is in full in `<topic>.dlq`.",
    remedy:
      'Find who else writes to the topic. When a newer version of Millrace wrote it, run that version and then `millrace log replay`; else resync the table.',
    policy: 'operator',
  },
  stateUnreadable: {
    code: 'KAFKA_STATE_UNREADABLE',
    cause: 'A message in a topic of Millrace is not of the format that this version writes.',
    remedy: 'Let the version that wrote it go on, or name another `log.kafka.prefix` and copy the sources anew.',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
