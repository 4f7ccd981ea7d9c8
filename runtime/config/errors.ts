import { type ErrorDefinition, MillraceError } from '../errors.ts';

/** What can be wrong with the configuration; the command exits with 2. */
export const CONFIG_ERRORS = {
  notFound: {
    code: 'CONFIG_NOT_FOUND',
    cause: 'There is no configuration file where it was looked for.',
    remedy: 'Name it with --config or MILLRACE_CONFIG, or put millrace.yaml into the current folder.',
    policy: 'operator',
  },
  invalid: {
    code: 'CONFIG_INVALID',
    cause: 'The configuration file does not say what it should.',
    remedy: 'Correct every place that is listed; runtime/config/millrace.schema.json describes all keys.',
    policy: 'operator',
  },
  accessUndecided: {
    code: 'CONFIG_ACCESS_UNDECIDED',
    cause: 'The API is to listen where others than this machine reach it, and nothing says who may ask.',
    remedy: 'Set api.access to keys: true or jwt: {...}, or api.host to a loopback address such as 127.0.0.1.',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** One thing that is wrong: where (`sources[0].url`; empty for the file as a whole) and what is allowed. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

/** All that is wrong with the configuration at once. */
export class ConfigError extends MillraceError {
  readonly problems: readonly ConfigProblem[];

  constructor(definition: ErrorDefinition, file: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ path, message }) => `\n  ${path === '' ? '' : `${path}: `}${message}`);
    super(definition, `${file}${lines.join('')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
