import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';

export function violation(detail: string): MillraceError {
  return new MillraceError(INGEST_ERRORS.protocolViolation, detail);
}
