import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What can go wrong between us and a ClickHouse server. */
export const CLICKHOUSE_ERRORS = {
  unreachable: {
    code: 'CLICKHOUSE_UNREACHABLE',
    cause: 'The server does not answer, or the connection broke.',
    remedy: 'Nothing when it passes; else see whether the server runs and `warehouse.url` is right.',
    policy: 'retry',
  },
  overloaded: {
    code: 'CLICKHOUSE_OVERLOADED',
    cause: 'The server refused for now: memory limit, too many queries or parts, shutting down.',
    remedy: 'Nothing when it passes; else raise `warehouse.max_memory` or lower the load.',
    policy: 'retry',
  },
  denied: {
    code: 'CLICKHOUSE_DENIED',
    cause: 'Wrong user or password, or the user lacks a right, or a limit that it may not raise.',
    remedy: 'Check the user in `warehouse.url` and its grants.',
    policy: 'operator',
  },
  limited: {
    code: 'CLICKHOUSE_LIMITED',
    cause: "The query went over one of its user's limits or quotas.",
    remedy: 'Ask for less at once, or wait until the quota is renewed.',
    policy: 'operator',
  },
  rejected: {
    code: 'CLICKHOUSE_REJECTED',
    cause: 'The server cannot do what the statement says: bad SQL, a missing table, a value that does not fit.',
    remedy: 'Read the error; the statement or the data has to change.',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
