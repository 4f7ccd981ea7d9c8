import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What keeping the models up to date can report. */
export const MODEL_ERRORS = {
  projectInvalid: {
    code: 'MR-MODEL-001',
    cause: 'the models folder cannot be read as it stands',
    remedy: 'correct the file that the message names',
    policy: 'fatal',
  },
  notMaintainable: {
    code: 'MR-MODEL-002',
    cause: 'a model cannot be kept exact as it is declared',
    remedy: 'declare `meta.maintenance` as the message says',
    policy: 'fatal',
  },
  uniqueKeyViolated: {
    code: 'MR-MODEL-003',
    cause: 'a model gives two rows with one unique key',
    remedy: 'correct the model or its `unique_key`; the model is built anew at the next start',
    policy: 'operator',
  },
  modelFailed: {
    code: 'MR-MODEL-004',
    cause: 'the SQL of a model failed; the model and what depends on it stay at the last watermark that they reached',
    remedy: 'correct the model; it is built anew at the next start',
    policy: 'operator',
  },
  sourceTableMissing: {
    code: 'MR-MODEL-005',
    cause: 'a model reads a source table that is not replicated',
    remedy: 'add the table to the publication and to `tables` of its source, or take the model out of the folder',
    policy: 'operator',
  },
  stateFolderInUse: {
    code: 'MR-MODEL-006',
    cause: 'another process keeps these models up to date already',
    remedy: 'stop it first; one process maintains the models of a warehouse',
    policy: 'fatal',
  },
  snapshotRefused: {
    code: 'MR-MODEL-007',
    cause: 'a snapshot cannot be kept as it is declared',
    remedy: 'declare it as the message says',
    policy: 'fatal',
  },
  historyKeyChanged: {
    code: 'MR-MODEL-008',
    cause: 'the unique key of a snapshot is another one than that of the versions which it has; no more are added',
    remedy:
      'give the snapshot another name, which begins a history of its own; the former one stays readable in `store`',
    policy: 'operator',
  },
  keptElsewhere: {
    code: 'MR-MODEL-009',
    cause: 'another process, perhaps on another machine, keeps the models of this warehouse up to date',
    remedy: 'none: it is waited for, and taken over from half a minute after it has died; end one of the two',
    policy: 'retry',
  },
} as const satisfies Record<string, ErrorDefinition>;
