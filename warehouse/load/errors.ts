import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What loading into the replicas can report. */
export const LOAD_ERRORS = {
  valueOutOfRange: {
    code: 'MR-LOAD-001',
    cause: 'a value is outside of what the replica column can hold (infinity, NaN, BC, or a year outside 1900 to 2299)',
    remedy:
      'correct the value in the source: the row is taken in with the next update; or take the column as text with `types` and `String`, which builds the table anew',
    policy: 'operator',
  },
  valueWithOffset: {
    code: 'MR-LOAD-002',
    cause: 'a timestamp with time zone arrived with an offset other than UTC',
    remedy:
      'remove a TimeZone setting that overrides the session of the replication role (alter role ... reset timezone); then `millrace tables resync`',
    policy: 'operator',
  },
  rowRefused: {
    code: 'MR-LOAD-003',
    cause: 'the warehouse could not parse a row that passed the value rules',
    remedy:
      'see `detail` in millrace.rejected; correct the value in the source: the row is taken in with the next update',
    policy: 'operator',
  },
  unsafeSchemaChange: {
    code: 'MR-LOAD-004',
    cause: 'the type or the key of a source column changed in a way that the existing replica cannot follow',
    remedy: 'none: the table is built anew beside its replica, which stays readable until then',
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
  tableRefused: {
    code: 'MR-LOAD-007',
    cause: 'the warehouse refuses the table, or rows of it for another reason than their values',
    remedy: 'see the detail; correct the cause in the warehouse or in the source, then `millrace tables resync`',
    policy: 'operator',
  },
  otherChangeLog: {
    code: 'MR-LOAD-017',
    cause: 'the warehouse has this source out of another change log than the one that is configured',
    remedy:
      'set `log` (brokers, prefix) back to what it was; for another log begin with an empty warehouse and drop the slot',
    policy: 'operator',
  },
  arrayDimensions: {
    code: 'MR-LOAD-010',
    cause: 'an array has another number of dimensions than its column, which by its own rule has one',
    remedy:
      'say how many there are with `types` (`Array(Array)` for two), or take the column as its text with `String`; the table is built anew then',
    policy: 'operator',
  },
  arrayLowerBound: {
    code: 'MR-LOAD-011',
    cause: 'an array begins at another index than 1, which an array of the warehouse cannot say',
    remedy:
      'correct the value in the source, or take the column as its text with `types` and `String`; the table is built anew then',
    policy: 'operator',
  },
  tooManyDigits: {
    code: 'MR-LOAD-012',
    cause: 'a number has more digits, before or behind the point, than the Decimal that `types` asks for',
    remedy: 'ask for a longer Decimal with `types` (76 digits at most), or for `String`; the table is built anew then',
    policy: 'operator',
  },
  jsonNotHeld: {
    code: 'MR-LOAD-013',
    cause:
      'a json value is no object, or has a number that is no 64-bit integer and no double, a name with a dot, or a name twice: JSON of the warehouse would change it',
    remedy: 'take the column as its text (leave it out of `types`, or ask for `String`); the table is built anew then',
    policy: 'operator',
  },
  valueStillRefused: {
    code: 'MR-LOAD-016',
    cause: 'an update left alone the large value for which its row had been rejected before',
    remedy: 'correct the value in the source; see the code of the column in the first rejection, or `types`',
    policy: 'operator',
  },
  typeNotAllowed: {
    code: 'MR-LOAD-014',
    cause: '`types` asks for a type that this column cannot be',
    remedy: 'correct `sources[].types`; the table of types in ingest/postgres/README.md says what can be asked for',
    policy: 'operator',
  },
  columnNameTaken: {
    code: 'MR-LOAD-015',
    cause: 'a column of the table has the name of one that every replica has (_version, _deleted, _empty)',
    remedy: 'rename the column in the source, or leave it out with `exclude`',
    policy: 'operator',
  },
  rowsRejected: {
    code: 'MR-LOAD-008',
    cause: 'rows of the table are in millrace.rejected: its replica lacks them',
    remedy:
      'see their codes in millrace.rejected: a row that is corrected in the source is taken in with that; after another remedy, `millrace tables resync`',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
