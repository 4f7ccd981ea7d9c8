import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What can keep models of what customers will buy from being fitted. */
export const FORECAST_ERRORS = {
  nothingPublished: {
    code: 'MR-FORECAST-001',
    cause: 'models of customers are fitted to a published state, and nothing has been published yet',
    remedy: 'wait for the first build (`millrace status`)',
    policy: 'retry',
  },
  nothingUntil: {
    code: 'MR-FORECAST-002',
    cause: 'nothing was bought until the day that a fit was asked for',
    remedy: 'give --until a day behind the first order, or leave it out',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
