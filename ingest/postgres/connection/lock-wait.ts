import { codeOf } from '../classify-error.ts';

/**
 * How long our statements wait for the lock of a table, which `alter table`, VACUUM FULL or CLUSTER may hold for hours.
 * Whoever meets one looks again later, at that table alone. The stream waits for answers about the catalog; a chunk's
 * connection has other tables to copy.
 */
export const LOCK_WAIT_MS = { catalog: 100, copy: 1_000 } as const;

/** The statement gave up waiting for a lock: lock_not_available. */
export function isLocked(error: unknown): boolean {
  return codeOf(error) === '55P03';
}
