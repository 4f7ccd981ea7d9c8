import { ClickHouseError } from '@clickhouse/client';

/** Server answers that a later attempt may not get, from ClickHouse's src/Common/ErrorCodes.cpp. */
const RETRYABLE_CODES = new Set(
  [
    159, // TIMEOUT_EXCEEDED
    160, // TOO_SLOW
    164, // READONLY (while starting or out of disk)
    202, // TOO_MANY_SIMULTANEOUS_QUERIES
    209, // SOCKET_TIMEOUT
    210, // NETWORK_ERROR
    236, // ABORTED (shutting down)
    241, // MEMORY_LIMIT_EXCEEDED
    242, // TABLE_IS_READ_ONLY
    243, // NOT_ENOUGH_SPACE
    252, // TOO_MANY_PARTS
    279, // ALL_CONNECTION_TRIES_FAILED
    319, // UNKNOWN_STATUS_OF_INSERT
    394, // QUERY_WAS_CANCELLED
    425, // SYSTEM_ERROR
    473, // DEADLOCK_AVOIDED
    999, // KEEPER_EXCEPTION
  ].map(String),
);

/** Whether the same request may succeed later: the server is away, starting, ending or overloaded. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof ClickHouseError) return RETRYABLE_CODES.has(error.code);
  // Anything that is no answer of the server is a transport fault: refused, reset, timed out, cut off.
  return error instanceof Error && isTransportFault(error);
}

function isTransportFault(error: Error): boolean {
  if ('code' in error && typeof error.code === 'string') return TRANSPORT_CODES.has(error.code);
  return error.cause instanceof Error && isTransportFault(error.cause);
}

const TRANSPORT_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
]);
