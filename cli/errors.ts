import type { ErrorDefinition } from '../runtime/errors.ts';

/** What the command itself can fail with. */
export const CLI_ERRORS = {
  usage: {
    code: 'CLI_USAGE',
    cause: 'The command was given an option that it does not take, or a value that it cannot use.',
    remedy: 'See `millrace help`.',
    policy: 'operator',
  },
  notRunning: {
    code: 'CLI_NOT_RUNNING',
    cause: 'No running system was found.',
    remedy:
      'Start one with `millrace up` or `millrace demo`, or name its configuration with --config or its folder with --data.',
    policy: 'operator',
  },
  apiUnreachable: {
    code: 'CLI_API_UNREACHABLE',
    cause: 'The system runs, but its API does not answer.',
    remedy: 'Wait a moment: it may be starting again. Else read the log of the running system.',
    policy: 'retry',
  },
  apiRefused: {
    code: 'CLI_API_REFUSED',
    cause: 'The API wants a key with the scope operations.',
    remedy: 'Make one with `millrace keys create --scope operations`, and put it into MILLRACE_API_KEY.',
    policy: 'operator',
  },
  keyUnknown: {
    code: 'CLI_KEY_UNKNOWN',
    cause: 'There is no such key of the API, or it was revoked.',
    remedy: 'See `millrace keys list` for the ids of those that there are.',
    policy: 'operator',
  },
  noModels: {
    code: 'CLI_NO_MODELS',
    cause: 'The configuration says `models: false`.',
    remedy: 'Name a folder of models in the configuration.',
    policy: 'operator',
  },
  noBroker: {
    code: 'CLI_NO_BROKER',
    cause: 'The configuration says `log: direct`: there is no Kafka to load from.',
    remedy: 'Configure `log: { kafka: { brokers: [...] } }`, or leave loading to ingest.',
    policy: 'operator',
  },
  warehouseGone: {
    code: 'CLI_WAREHOUSE_GONE',
    cause: 'The embedded warehouse died again and again, and is not started any more.',
    remedy: 'Read logs/server.log and logs/process.log in its folder; then start again.',
    policy: 'operator',
  },
  sourceUnknown: {
    code: 'CLI_SOURCE_UNKNOWN',
    cause: 'The configuration has no source of that name.',
    remedy: 'Name one of `sources[].name`.',
    policy: 'operator',
  },
  fileExists: {
    code: 'CLI_FILE_EXISTS',
    cause: 'A file that was to be written exists already, and is never overwritten.',
    remedy: 'Remove it, or write into another folder.',
    policy: 'operator',
  },
  fileUnreadable: {
    code: 'CLI_FILE_UNREADABLE',
    cause: 'A file that the command was told to read cannot be read.',
    remedy: 'Name one that exists and that this user may read.',
    policy: 'operator',
  },
  codeUnknown: {
    code: 'CLI_CODE_UNKNOWN',
    cause: 'The code is not in the catalogue.',
    remedy: 'See `millrace explain` for all codes.',
    policy: 'operator',
  },
  tableRequestFailed: {
    code: 'CLI_TABLE_REQUEST_FAILED',
    cause: 'What was asked of a table was not done.',
    remedy: 'See the reason; `millrace status` shows the tables and what they do.',
    policy: 'operator',
  },
  tableRequestPending: {
    code: 'CLI_TABLE_REQUEST_PENDING',
    cause: 'Nobody has taken up the request: ingest does not run, or is waiting for its source.',
    remedy: 'None if it runs soon: the request is written down. Else start it with `millrace up` or `millrace ingest`.',
    policy: 'retry',
  },
  modelsRequestPending: {
    code: 'CLI_MODELS_REQUEST_PENDING',
    cause: 'Nobody has taken up the request: no process keeps the models, or its warehouse is away.',
    remedy:
      'None if it runs soon: the request is written down. Else start it with `millrace up` or `millrace models run --watch`.',
    policy: 'retry',
  },
  modelsRequestFailed: {
    code: 'CLI_MODELS_REQUEST_FAILED',
    cause: 'What was asked of the models was not done; readers have what they had.',
    remedy: 'See the reason, and `millrace models history`.',
    policy: 'operator',
  },
  captureFailed: {
    code: 'CLI_CAPTURE_FAILED',
    cause: 'The capture of a source ended.',
    remedy: 'Read the error of that source in the log.',
    policy: 'retry',
  },
} as const satisfies Record<string, ErrorDefinition>;
