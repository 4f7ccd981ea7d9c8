import type { ErrorDefinition, MillraceError } from '../../../runtime/errors.ts';
import { TableFailure } from '../../table-failure.ts';
import { KAFKA_ERRORS } from '../errors.ts';

const BY_CODE = new Map<string, ErrorDefinition>(
  Object.values(KAFKA_ERRORS).map((definition) => [definition.code, definition]),
);

/** What a topic fails with, as what its table fails with. What was lost with a topic comes from the source again. */
export function topicFailure(cause: MillraceError): TableFailure {
  const definition = BY_CODE.get(cause.code) ?? KAFKA_ERRORS.refused;
  const detail = cause.message.replace(`${cause.code}: `, '');
  return new TableFailure(definition, detail, { cause, isMendedByResync: cause.code === KAFKA_ERRORS.topicLost.code });
}
