import { MillraceError } from '../../../runtime/errors.ts';
import { KAFKA_ERRORS } from '../errors.ts';

/** Longer than the library's own limits for a request with its connection take together. */
export const DEADLINE_MS = 45_000;

/**
 * What the library settles with. It can lose a request: one that is sent while its connection is being closed is timed out by
 * nobody. Throws KAFKA_UNREACHABLE then; whoever asked may ask again.
 */
export async function withDeadline<T>(asking: string, answer: Promise<T>, ms = DEADLINE_MS): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new MillraceError(KAFKA_ERRORS.unreachable, `${asking}: neither answered nor refused in ${ms / 1000} s`));
  }, ms);
  try {
    return await Promise.race([answer, over]);
  } finally {
    clearTimeout(timer);
  }
}
