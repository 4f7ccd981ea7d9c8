import type { ErrorDefinition } from '../../../runtime/errors.ts';

/** What `millrace models test` and `millrace models freshness` can report. */
export const TEST_ERRORS = {
  declarationInvalid: {
    code: 'MR-TEST-001',
    cause: 'a test, a contract or a freshness rule of the models folder cannot be used as it is declared',
    remedy: 'correct the place that the message names',
    policy: 'operator',
  },
  contractBroken: {
    code: 'MR-TEST-002',
    cause: 'a model does not give the columns that its contract promises',
    remedy: 'correct the model, or its columns in the YAML file; nothing was built or exchanged',
    policy: 'fatal',
  },
  testErrored: {
    code: 'MR-TEST-003',
    cause: 'a test could not be carried out: the warehouse refused its SQL',
    remedy: 'correct the test; a model that is not built yet is built at the next start',
    policy: 'operator',
  },
  nothingPublished: {
    code: 'MR-TEST-004',
    cause: 'tests look at a published watermark, and nothing has been published yet',
    remedy: 'wait for the first build (`millrace status`), or select unit tests alone: `--select test_type:unit`',
    policy: 'retry',
  },
  nothingSelected: {
    code: 'MR-TEST-005',
    cause: 'a name given to --select or --exclude is none of the models folder',
    remedy:
      'name a test, a model, `source:<source>[.<table>]`, `tag:<tag>` or `test_type:<type>`; `*` stands for anything',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
