import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What loading into the replicas can report. */
export const LOAD_ERRORS = {
  valueOutOfRange: {
    code: 'MR-LOAD-001',
    cause: 'a value is outside of what the replica column can hold (infinity, NaN, BC, or a year outside 1900 to 2299)',
    remedy: 'correct the value in the source, or leave the column out with `exclude`; then resync the table',
    policy: 'operator',
  },
  valueWithOffset: {
    code: 'MR-LOAD-002',
    cause: 'a timestamp with time zone arrived with an offset other than UTC',
    remedy:
      'remove a TimeZone setting that overrides the session of the replication role (alter role ... reset timezone)',
    policy: 'operator',
  },
  rowRefused: {
    code: 'MR-LOAD-003',
    cause: 'the warehouse could not parse a row that passed the value rules',
    remedy: 'see `detail` in millrace.rejected; correct the value in the source, then resync the table',
    policy: 'operator',
  },
  unsafeSchemaChange: {
    code: 'MR-LOAD-004',
    cause: 'the type or the key of a source column changed in a way that the existing replica cannot follow',
    remedy: 'resync the table',
    policy: 'operator',
  },
  valueMissing: {
    code: 'MR-LOAD-006',
    cause: 'an update left out a large value that did not change, and the replica does not have its row',
    remedy: 'resync the table; if its row was rejected before, see the reason there first',
    policy: 'operator',
  },
  replicaNameClash: {
    code: 'MR-LOAD-005',
    cause: 'two tables of a source map to one replica name',
    remedy: 'take the schemas as two sources, or exclude one of the tables',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
