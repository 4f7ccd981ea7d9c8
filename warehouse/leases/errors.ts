import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What can happen to a lease. */
export const LEASE_ERRORS = {
  lost: {
    code: 'MR-SCHED-003',
    cause: 'the process that held a lease was stopped, or did not reach the warehouse, for longer than it lasts',
    remedy: 'none: another process does what it is for, or the same one later',
    policy: 'retry',
  },
} as const satisfies Record<string, ErrorDefinition>;
