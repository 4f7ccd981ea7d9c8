import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What a verification can find, and what keeps it from looking. */
export const VERIFY_ERRORS = {
  rowsDiffer: {
    code: 'MR-VERIFY-001',
    cause: 'rows of a replica are not those of its source',
    remedy: '`millrace verify --repair` reads them again from the source; models follow by themselves',
    policy: 'operator',
  },
  cellsDiffer: {
    code: 'MR-VERIFY-002',
    cause: 'rows of a model are not what its SQL gives',
    remedy: '`millrace verify --repair` has the models built anew, beside what is published',
    policy: 'operator',
  },
  undecided: {
    code: 'MR-VERIFY-003',
    cause: 'some rows changed each time they were looked at, or a transaction that is older than them has not ended',
    remedy: 'none where the next run decides; otherwise end transactions that stay open in the source',
    policy: 'retry',
  },
  notStreaming: {
    code: 'MR-VERIFY-004',
    cause: 'the table is not kept up to date now, so there is nothing to compare at one position',
    remedy: 'see its state in `millrace status`; `millrace tables resume` or `resync` takes it in again',
    policy: 'operator',
  },
  otherShape: {
    code: 'MR-VERIFY-005',
    cause: 'the replica has other columns than its table has now',
    remedy: 'none if the change of the table is still on its way; otherwise `millrace tables resync`',
    policy: 'retry',
  },
  sourceBehind: {
    code: 'MR-VERIFY-006',
    cause: 'the replicas did not reach the position at which the source was read',
    remedy: 'see `millrace status` for what holds the source back, then verify again',
    policy: 'retry',
  },
  sourceUnreadable: {
    code: 'MR-VERIFY-007',
    cause: 'the source could not be read',
    remedy: 'see the message; `millrace check` says what the role lacks',
    policy: 'operator',
  },
  topicsOnly: {
    code: 'MR-VERIFY-008',
    cause: 'the source is captured by somebody else, from topics: its positions are not those of its database',
    remedy: 'none; its models are compared with its replicas',
    policy: 'operator',
  },
  modelStopped: {
    code: 'MR-VERIFY-009',
    cause: 'the model is stopped at an earlier watermark, or is not built yet',
    remedy: 'see `millrace.model_states`; correct the model, then start again',
    policy: 'operator',
  },
  tableUnknown: {
    code: 'MR-VERIFY-010',
    cause: 'there is no such table or model to verify',
    remedy: 'write <source>.<table>, <source>.<schema>.<table> or the name of a model, as the message lists them',
    policy: 'operator',
  },
  repairPending: {
    code: 'MR-VERIFY-011',
    cause: 'the repair was asked for and is not done yet',
    remedy:
      'see that `millrace models run --watch`, or ingest for a table without a key, is running; then verify again',
    policy: 'retry',
  },
  comparisonFailed: {
    code: 'MR-VERIFY-012',
    cause: 'the warehouse refused a statement of the comparison; the others went on',
    remedy: 'see the message; where memory ran out, verify again while less is going on, or raise `max_memory`',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
