import type { ErrorDefinition } from '../runtime/errors.ts';

/** What can go wrong in the example company, with what to do about it. */
export const DEMO_ERRORS = {
  platformUnsupported: {
    code: 'DEMO_PLATFORM_UNSUPPORTED',
    cause:
      'there are no embedded Postgres binaries for this operating system and processor, or they were not installed',
    remedy:
      'run `npm ci` without --omit=optional on Linux or macOS (x64 or arm64), or use your own Postgres with `millrace up`',
    policy: 'fatal',
  },
  folderInUse: {
    code: 'DEMO_FOLDER_IN_USE',
    cause: 'another running process uses this folder',
    remedy: 'stop that process first, or choose another folder',
    policy: 'operator',
  },
  folderUnreachable: {
    code: 'DEMO_FOLDER_UNREACHABLE',
    cause:
      'Postgres refuses to run as root, and the unprivileged user it runs as instead cannot reach the folder or the binaries',
    remedy:
      'choose a folder that every user may enter, run as an ordinary user, or install setpriv (util-linux) and allow CAP_DAC_READ_SEARCH or CAP_DAC_OVERRIDE',
    policy: 'operator',
  },
  noServerUser: {
    code: 'DEMO_NO_SERVER_USER',
    cause: 'Postgres refuses to run as root, and there is neither a user `postgres` nor a user `nobody` to run it as',
    remedy: 'run as an ordinary user, or create a user named postgres',
    policy: 'operator',
  },
  portInUse: {
    code: 'DEMO_PORT_IN_USE',
    cause: 'something else listens on the port that Postgres was to use',
    remedy: 'choose another port, or 0 for a free one',
    policy: 'operator',
  },
  postgresFailed: {
    code: 'DEMO_POSTGRES_FAILED',
    cause: 'the embedded Postgres could not be initialised or did not start',
    remedy: "read the end of postgres.log in the server's folder",
    policy: 'operator',
  },
  migrationInvalid: {
    code: 'DEMO_MIGRATION_INVALID',
    cause: 'a folder of migrations is not a sequence of pairs YYYYMMDDHHMMSS-description.{up,down}.sql',
    remedy: 'name the files so, with both files of each pair, and give each pair a timestamp of its own',
    policy: 'fatal',
  },
  migrationFailed: {
    code: 'DEMO_MIGRATION_FAILED',
    cause: 'a migration was rejected by Postgres; it was rolled back as a whole',
    remedy: 'correct the migration named in the message and run again',
    policy: 'operator',
  },
  purchasesUnreadable: {
    code: 'DEMO_PURCHASES_UNREADABLE',
    cause: 'the purchase log cannot be read',
    remedy: 'give the path of an existing, readable file',
    policy: 'operator',
  },
  purchasesMalformed: {
    code: 'DEMO_PURCHASES_MALFORMED',
    cause: 'a line of the purchase log is not `customer yyyymmdd units dollars`',
    remedy:
      'correct the line: customer 1 to 999999999999999, a calendar date, units 1 to 2147483647, dollars 0 to 999999999999.99 with at most two decimals, separated by blanks',
    policy: 'operator',
  },
  otherHistory: {
    code: 'DEMO_OTHER_HISTORY',
    cause: 'the folder already holds a company with another history',
    remedy: 'choose another folder, or delete this one to begin anew',
    policy: 'operator',
  },
  brokerLacking: {
    code: 'DEMO_BROKER_LACKING',
    cause: 'a Kafka broker cannot be run on this machine',
    remedy: 'install what is named (Java 17 or newer, and Maven), or name brokers that run in KAFKA_BROKERS',
    policy: 'operator',
  },
  brokerFailed: {
    code: 'DEMO_BROKER_FAILED',
    cause: 'the Kafka broker could not be fetched, or did not start',
    remedy: "read the end of output.log in the broker's folder",
    policy: 'operator',
  },
  notEmpty: {
    code: 'DEMO_NOT_EMPTY',
    cause: 'a database that was to be given a simulated past has rows already, which are not from there',
    remedy: 'name empty databases; rows that somebody else wrote are never removed',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
