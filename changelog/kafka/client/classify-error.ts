import type { ErrorDefinition } from '../../../runtime/errors.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { KAFKA_ERRORS } from '../errors.ts';

/** Error codes of the protocol (https://kafka.apache.org/protocol.html#protocol_error_codes) that mean more than "refused". */
const BY_CODE = new Map<number, ErrorDefinition>([
  [1, KAFKA_ERRORS.messagesGone], // OFFSET_OUT_OF_RANGE
  [3, KAFKA_ERRORS.topicMissing], // UNKNOWN_TOPIC_OR_PARTITION: made a moment ago, or deleted
  [5, KAFKA_ERRORS.unreachable], // LEADER_NOT_AVAILABLE
  [6, KAFKA_ERRORS.unreachable], // NOT_LEADER_OR_FOLLOWER
  [7, KAFKA_ERRORS.unreachable], // REQUEST_TIMED_OUT
  [8, KAFKA_ERRORS.unreachable], // BROKER_NOT_AVAILABLE
  [9, KAFKA_ERRORS.unreachable], // REPLICA_NOT_AVAILABLE
  [13, KAFKA_ERRORS.unreachable], // NETWORK_EXCEPTION
  [14, KAFKA_ERRORS.unreachable], // COORDINATOR_LOAD_IN_PROGRESS
  [15, KAFKA_ERRORS.unreachable], // COORDINATOR_NOT_AVAILABLE
  [16, KAFKA_ERRORS.unreachable], // NOT_COORDINATOR
  [41, KAFKA_ERRORS.unreachable], // NOT_CONTROLLER
  [56, KAFKA_ERRORS.unreachable], // KAFKA_STORAGE_ERROR
  [74, KAFKA_ERRORS.unreachable], // FENCED_LEADER_EPOCH
  [75, KAFKA_ERRORS.unreachable], // UNKNOWN_LEADER_EPOCH
  [89, KAFKA_ERRORS.unreachable], // THROTTLING_QUOTA_EXCEEDED
  [19, KAFKA_ERRORS.notDurable], // NOT_ENOUGH_REPLICAS
  [20, KAFKA_ERRORS.notDurable], // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  [10, KAFKA_ERRORS.messageTooLarge], // MESSAGE_TOO_LARGE
  [18, KAFKA_ERRORS.messageTooLarge], // RECORD_LIST_TOO_LARGE
  [29, KAFKA_ERRORS.notAuthorized], // TOPIC_AUTHORIZATION_FAILED
  [30, KAFKA_ERRORS.notAuthorized], // GROUP_AUTHORIZATION_FAILED
  [31, KAFKA_ERRORS.notAuthorized], // CLUSTER_AUTHORIZATION_FAILED
  [17, KAFKA_ERRORS.topicRefused], // INVALID_TOPIC_EXCEPTION
  [37, KAFKA_ERRORS.topicRefused], // INVALID_PARTITIONS
  [38, KAFKA_ERRORS.topicRefused], // INVALID_REPLICATION_FACTOR
  [39, KAFKA_ERRORS.topicRefused], // INVALID_REPLICA_ASSIGNMENT
  [40, KAFKA_ERRORS.topicRefused], // INVALID_CONFIG
  [44, KAFKA_ERRORS.topicRefused], // POLICY_VIOLATION
  [32, KAFKA_ERRORS.topicUnsuitable], // INVALID_TIMESTAMP
  [87, KAFKA_ERRORS.topicUnsuitable], // INVALID_RECORD: without a key, for a compacted topic
  [33, KAFKA_ERRORS.authentication], // UNSUPPORTED_SASL_MECHANISM
  [34, KAFKA_ERRORS.authentication], // ILLEGAL_SASL_STATE
  [58, KAFKA_ERRORS.authentication], // SASL_AUTHENTICATION_FAILED
]);

export function errorOfCode(code: number, detail: string): MillraceError {
  return new MillraceError(BY_CODE.get(code) ?? KAFKA_ERRORS.refused, `${detail}: broker error ${code}`);
}

/** Names of kafkajs's own errors. What is about the connection passes. */
const AUTHENTICATION = new Set(['KafkaJSSASLAuthenticationError']);
const PASSING = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSTimeout',
  'KafkaJSClosedConnection',
  'KafkaJSGroupCoordinatorNotFound',
]);

/** Of a connection whose certificate is not taken, or which is none of TLS (codes of Node's `tls` and of OpenSSL). */
const CERTIFICATE =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$|HOSTNAME_MISMATCH$|INVALID_CA$)/;

interface KafkajsError {
  readonly name: string;
  readonly code?: unknown;
  readonly retriable?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** What kafkajs throws, as an error of the catalogue. */
export function classifyError(error: unknown, detail: string): MillraceError {
  if (error instanceof MillraceError) return error;
  for (let each: unknown = error, depth = 0; each instanceof Error && depth < 8; depth++) {
    const { name, code, errors } = each as KafkajsError;
    if (AUTHENTICATION.has(name)) return wrap(KAFKA_ERRORS.authentication, detail, error);
    if (typeof code === 'string' && CERTIFICATE.test(code)) return wrap(KAFKA_ERRORS.certificate, detail, error);
    const definition = typeof code === 'number' ? BY_CODE.get(code) : undefined;
    if (definition !== undefined) return wrap(definition, detail, error);
    each = Array.isArray(errors) && errors.length > 0 ? errors[0] : each.cause;
  }
  const { name, code, retriable } = (error ?? {}) as Partial<KafkajsError>;
  const isPassing = (name !== undefined && PASSING.has(name)) || retriable === true || typeof code === 'string';
  return wrap(isPassing ? KAFKA_ERRORS.unreachable : KAFKA_ERRORS.refused, detail, error);
}

function wrap(definition: ErrorDefinition, detail: string, cause: unknown): MillraceError {
  return new MillraceError(definition, `${detail}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}
