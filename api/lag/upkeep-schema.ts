const TEXT = { type: ['string', 'null'] };
const MOMENT = { type: ['string', 'null'], format: 'date-time' };

/** JSON Schema of `meta.schedules`. */
export const SCHEDULES_SCHEMA = {
  type: 'array',
  description: 'What is done from time to time, and what became of it last.',
  items: {
    type: 'object',
    required: ['task', 'is_on', 'next_at', 'is_late', 'state', 'done_at', 'failures'],
    properties: {
      task: { type: 'string' },
      cron: TEXT,
      time_zone: TEXT,
      is_on: { type: 'boolean', description: 'False: switched off in the configuration.' },
      next_at: { ...MOMENT, description: 'Null for what is switched off.' },
      is_late: { type: 'boolean', description: 'It is due for more than a minute, and nobody does it.' },
      state: { ...TEXT, description: 'Of the last run: running, done, retrying, interrupted or failed.' },
      started_at: MOMENT,
      finished_at: MOMENT,
      done_at: { ...MOMENT, description: 'When it was done last.' },
      code: { ...TEXT, description: 'Of its failure; `millrace explain CODE` says more.' },
      detail: TEXT,
      failures: { type: 'integer', description: 'Intervals that have failed since it was done last.' },
    },
    additionalProperties: false,
  },
};

/** JSON Schema of `meta.tests` and `meta.freshness`. */
export const RESULTS_SCHEMA = {
  type: ['object', 'null'],
  description: 'The last result of each, of the last week; null while there is none.',
  required: ['since', 'passed', 'warned', 'failed', 'errors', 'not_passed'],
  properties: {
    since: { ...MOMENT, description: 'Every one was looked at since then.' },
    passed: { type: 'integer' },
    warned: { type: 'integer' },
    failed: { type: 'integer' },
    errors: { type: 'integer', description: 'Could not be carried out.' },
    not_passed: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          test: { type: 'string' },
          model: { ...TEXT, description: 'Or source.table.' },
          status: { type: 'string', enum: ['warn', 'fail', 'error'] },
          failures: { type: ['integer', 'null'] },
          code: TEXT,
          detail: TEXT,
          at: MOMENT,
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};
