import type { ErrorDefinition } from '../../../runtime/errors.ts';

/** What taking up another version of the models can report. */
export const ROLLOUT_ERRORS = {
  underWay: {
    code: 'MR-ROLL-001',
    cause: 'another version of the models is being built',
    remedy: 'wait until it is done (`millrace models history`), or give it up with `millrace models rollback`',
    policy: 'retry',
  },
  testsFailed: {
    code: 'MR-ROLL-002',
    cause: 'tests of the models that were built failed, so readers keep the version that they had',
    remedy:
      'look at the failing rows in `millrace.test_failures`, correct the models and say `millrace models run` again; with --no-tests they are not asked',
    policy: 'operator',
  },
  nothingFormer: {
    code: 'MR-ROLL-003',
    cause: 'there is no such version of the models to go back to',
    remedy: 'name one that `millrace models history` shows',
    policy: 'operator',
  },
  cancelled: {
    code: 'MR-ROLL-005',
    cause: 'the version that was being built was given up, because somebody asked for it',
    remedy: 'none; `millrace models run` takes it up again',
    policy: 'operator',
  },
  rangeUnknown: {
    code: 'MR-ROLL-006',
    cause: 'a range of a model was named that cannot be told',
    remedy:
      "declare `event_time` in the model's config, name a range of its key, or build all of it with `millrace models run --full-refresh`",
    policy: 'operator',
  },
  modelUnknown: {
    code: 'MR-ROLL-007',
    cause: 'there is no kept model of that name',
    remedy: 'name one that `millrace models graph` shows as a table',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
