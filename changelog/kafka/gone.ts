import { MillraceError } from '../../runtime/errors.ts';
import { KAFKA_ERRORS } from './errors.ts';

/** The topic is not there: not yet, or not any more. */
export function isMissingTopic(error: unknown): boolean {
  return error instanceof MillraceError && error.code === KAFKA_ERRORS.topicMissing.code;
}

/** Messages that are to be read, or the whole topic, are not there. */
export function isGone(error: unknown): boolean {
  return isMissingTopic(error) || (error instanceof MillraceError && error.code === KAFKA_ERRORS.messagesGone.code);
}
