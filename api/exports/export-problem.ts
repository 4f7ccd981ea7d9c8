import { API_ERRORS } from '../errors.ts';
import { ApiError, problemDocument } from '../problems/problem.ts';
import type { ExportRecord } from './export-record.ts';

/** Of files and disks: https://nodejs.org/api/errors.html#common-system-errors, errno(3). */
const STORAGE_CODES = new Set([
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'ENOENT',
  'EMFILE',
  'ENOTDIR',
]);

/** Why an export was not written, as it is told. */
export function asExportProblem(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (!(error instanceof Error)) return new ApiError(API_ERRORS.internal, 'an unexpected error', { cause: error });
  const code = 'code' in error ? String(error.code) : '';
  if (STORAGE_CODES.has(code))
    return new ApiError(API_ERRORS.exportStorage, `it cannot be written (${code})`, { cause: error });
  if (error.name === 'TimeoutError') {
    return new ApiError(API_ERRORS.queryTimeout, 'it was not written in time', { cause: error });
  }
  // What goes wrong behind the first byte breaks the connection off; why, the warehouse does not tell any more.
  return new ApiError(API_ERRORS.queryFailed, 'the warehouse broke off while it wrote the rows', { cause: error });
}

/** What is told of an export that was under way when its process ended. */
export function interruptedRecord(record: ExportRecord, nowMs: number): ExportRecord {
  const problem = new ApiError(API_ERRORS.exportInterrupted, 'the API was stopped');
  return {
    ...record,
    status: 'failed',
    finishedAtMs: nowMs,
    bytes: 0,
    sha256: null,
    problem: problemDocument(problem, `/v1/exports/${record.id}`),
  };
}
