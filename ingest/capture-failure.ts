import { MillraceError } from '../runtime/errors.ts';
import { INGEST_ERRORS } from './errors.ts';
import type { CaptureProgress } from './progress.ts';

/** What a capture ends with: errors of the source are out of the catalogue by now; others are the log's. */
export function captureFailure(cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError(INGEST_ERRORS.logFailed, detail, { cause });
}

/** For who watches. */
export function shownError(error: MillraceError | null): CaptureProgress['lastError'] {
  return error && { code: error.code, message: error.message, remedy: error.remedy };
}
