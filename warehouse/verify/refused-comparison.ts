import { ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '../../runtime/errors.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import { VERIFY_ERRORS } from './errors.ts';

/**
 * Why one table or model could not be compared, where the others still can be: code and detail. Null where nothing more
 * can be: the warehouse is away.
 */
export function refusedComparison(error: unknown): { readonly code: string; readonly detail: string } | null {
  if (error instanceof MillraceError) return { code: error.code, detail: error.message };
  if (!(error instanceof ClickHouseError) || isRetryable(error)) return null;
  // No more of the message: it may quote values.
  const { code } = VERIFY_ERRORS.comparisonFailed;
  return { code, detail: `ClickHouse ${error.code} ${error.type ?? ''}`.trim() };
}
