import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What can keep a scheduled task from being done. */
export const SCHEDULE_ERRORS = {
  taskFailed: {
    code: 'MR-SCHED-001',
    cause: 'a scheduled task failed',
    remedy: 'see the message; it is tried again as its schedule says, `millrace schedules run <task>` does it now',
    policy: 'retry',
  },
  timedOut: {
    code: 'MR-SCHED-002',
    cause: 'a scheduled task took longer than it may',
    remedy: 'raise `timeout` of its schedule, or see what keeps the warehouse busy',
    policy: 'retry',
  },
  runnerGone: {
    code: 'MR-SCHED-004',
    cause: 'the process that ran a task died at each attempt',
    remedy: 'see the log of that process; the next interval is tried as usual',
    policy: 'operator',
  },
  taskUnknown: {
    code: 'MR-SCHED-005',
    cause: 'there is no such task',
    remedy: 'name one that `millrace schedules` lists',
    policy: 'operator',
  },
  heldElsewhere: {
    code: 'MR-SCHED-006',
    cause: 'another runner does this task at the moment',
    remedy: 'wait until it is done: `millrace schedules`',
    policy: 'retry',
  },
} as const satisfies Record<string, ErrorDefinition>;
