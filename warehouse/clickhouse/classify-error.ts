import { ClickHouseError } from '@clickhouse/client';
import { type ErrorDefinition, MillraceError } from '../../runtime/errors.ts';
import { CLICKHOUSE_ERRORS } from './errors.ts';
import { isRetryable } from './retryable.ts';

// Codes from ClickHouse's src/Common/ErrorCodes.cpp.
const DENIED = new Set(['164', '192', '193', '194', '195', '452', '497', '516', '723']);
// Timeouts of execution, limits on rows, bytes and results, quotas. A limit on time is the query's fault here.
const LIMITED = new Set(['158', '159', '160', '201', '307', '396']);

/**
 * The catalogue's entry for whatever a call of `@clickhouse/client` threw, by ClickHouse's numeric code or the network's
 * code, never by text.
 */
export function classifyError(error: unknown): ErrorDefinition {
  if (error instanceof ClickHouseError) {
    if (DENIED.has(error.code)) return CLICKHOUSE_ERRORS.denied;
    if (LIMITED.has(error.code)) return CLICKHOUSE_ERRORS.limited;
    return isRetryable(error) ? CLICKHOUSE_ERRORS.overloaded : CLICKHOUSE_ERRORS.rejected;
  }
  // No answer of the server: everything else that the client throws comes from the transport.
  return CLICKHOUSE_ERRORS.unreachable;
}

/** The error with its code, remedy and policy; one that has a code already is returned as it is. */
export function wrapError(error: unknown, doing: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const number = error instanceof ClickHouseError ? ` (ClickHouse code ${error.code})` : '';
  return new MillraceError(classifyError(error), `${doing}${number}`, { cause: error });
}
