import { FLAG_MEANINGS } from '../../../warehouse/forecasts/fit-flags.ts';

const flagText = Object.entries(FLAG_MEANINGS).map(([flag, meaning]) => `${flag}: ${meaning}`);
const NUMBERS = { type: 'object', additionalProperties: { type: 'number' } };

/** What fits of all models have, as JSON Schemas. */
const COMMON = {
  fit: { type: 'string', format: 'uuid', description: 'The run that fitted all models together.' },
  model: { type: 'string', enum: ['bg_nbd', 'pareto_nbd', 'gamma_gamma'] },
  fitted_at: { type: 'string', format: 'date-time' },
  watermark: { type: 'integer', description: 'The state that it was fitted to.' },
  calibration_end: { type: 'string', format: 'date', description: 'The last day that it knows of.' },
  unit: { type: 'string', enum: ['week'], description: 'Of time, in the parameters of buying.' },
  state: { type: 'string', enum: ['usable', 'doubtful', 'unusable'] },
  flags: {
    type: 'array',
    items: { type: 'string', enum: Object.keys(FLAG_MEANINGS) },
    description: `What there is to say against it. ${flagText.join('; ')}.`,
  },
  parameters: {
    ...NUMBERS,
    description: 'bg_nbd: r, alpha, a, b; pareto_nbd: r, alpha, s, beta; gamma_gamma: p, q, v.',
  },
  standard_errors: {
    ...NUMBERS,
    description: 'Of the logarithms of the parameters; none where they are not told apart.',
  },
  log_likelihood: { type: ['number', 'null'] },
  customers: { type: 'integer', description: 'That it was fitted to; of spending those who bought again.' },
};

export const FIT_SCHEMA = {
  type: 'object',
  description: 'How customers buy and leave, as it was fitted by maximum likelihood.',
  required: [...Object.keys(COMMON), 'holdout'],
  properties: {
    ...COMMON,
    holdout: {
      type: ['object', 'null'],
      description:
        'A test: what a fit to the time before said of these days, against what came; null where too little was observed.',
      required: ['from', 'to', 'customers', 'mean_absolute_error', 'predicted_purchases', 'actual_purchases'],
      properties: {
        from: { type: 'string', format: 'date' },
        to: { type: 'string', format: 'date' },
        customers: { type: 'integer' },
        mean_absolute_error: { type: 'number', description: 'purchases of a customer' },
        predicted_purchases: { type: 'number', description: 'of all customers together' },
        actual_purchases: { type: 'number' },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

export const SPENDING_FIT_SCHEMA = {
  type: ['object', 'null'],
  description: 'What a purchase is worth, likewise; null where nothing was fitted.',
  required: [...Object.keys(COMMON), 'correlation'],
  properties: {
    ...COMMON,
    correlation: {
      type: ['number', 'null'],
      description: 'Of how much customers spend with how often: the model takes it for none.',
    },
  },
  additionalProperties: false,
};
