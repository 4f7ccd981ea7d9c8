import { DIMENSION_PROPERTIES, DIMENSIONS } from './dimension.ts';
import { SEASONALITIES } from './holt-winters.ts';
import { TREND_MEASURES, TREND_SCHEMAS, type TrendMeasure } from './measures.ts';

const DESCRIPTIONS = Object.entries(TREND_SCHEMAS) as [
  TrendMeasure,
  { type: string | string[]; description: string },
][];

/** Each measure, null where there is no such period. */
const OR_NULL = Object.fromEntries(
  DESCRIPTIONS.map(([name, schema]) => [name, { ...schema, type: [...new Set([schema.type, 'null'].flat())] }]),
);
const AMOUNT_OF = 'the measure `of`, in its unit';
const POINT = {
  type: ['string', 'null'],
  description: 'A day, or an instant with its offset where periods are hours.',
};

function changesOf(what: string): object {
  const members = TREND_MEASURES.map((name) => [name, { type: ['number', 'null'], description: what }]);
  return {
    type: 'object',
    description: 'With `compare`.',
    properties: Object.fromEntries(members),
    additionalProperties: false,
  };
}

export const ROW_SCHEMA = {
  type: 'object',
  required: ['period', 'previous'],
  properties: {
    period: {
      type: 'string',
      anyOf: [{ format: 'date' }, { format: 'date-time' }],
      description:
        'First day of the period; the instant at which an hour begins, as the clock of the time zone shows it.',
    },
    ...DIMENSION_PROPERTIES,
    subtotal_over: {
      type: 'array',
      items: { type: 'string', enum: DIMENSIONS },
      description: 'With `subtotals`: the dimensions that the row sums up; empty for a row of its own.',
    },
    // Rows of periods behind the range are forecast, not counted.
    ...OR_NULL,
    previous: {
      type: 'object',
      description: 'The same measures of what the period is compared with; null where there is no such thing.',
      properties: OR_NULL,
      additionalProperties: false,
    },
    previous_from: { ...POINT, description: `With \`compare\`: where \`previous\` begins. ${POINT.description}` },
    previous_to: { ...POINT, description: `With \`compare\`: the last of \`previous\`. ${POINT.description}` },
    change: changesOf('The measure less its `previous`, in its unit; null where one of them is'),
    change_ratio: changesOf(
      'The change divided by the absolute value of `previous`, four places; null where that is 0 or null',
    ),
    forecast: {
      type: ['object', 'null'],
      description: 'With `forecast`: null for periods that were over, and for series that are too short.',
      required: ['value', 'lower', 'upper'],
      properties: {
        value: { type: ['number', 'null'], description: `What is expected of the whole period: ${AMOUNT_OF}` },
        lower: { type: ['number', 'null'], description: 'Below it with 2.5 % probability' },
        upper: { type: ['number', 'null'], description: 'Above it with 2.5 % probability' },
      },
      additionalProperties: false,
    },
    anomaly: {
      type: ['object', 'null'],
      description: 'With `anomalies`: null for a period that does not stand out, that is cut or was not over.',
      required: ['expected', 'score'],
      properties: {
        expected: {
          type: ['number', 'null'],
          description: `What its surroundings and the season let expect: ${AMOUNT_OF}`,
        },
        score: { type: ['number', 'null'], description: 'Modified z-score; above zero: more than expected' },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

const NUMBER = { type: ['number', 'null'] };

export const META_SCHEMAS = {
  grain: { type: 'string' },
  range: {
    type: 'object',
    properties: {
      from: { type: ['string', 'null'], format: 'date' },
      to: { type: ['string', 'null'], format: 'date' },
      bounds: { type: 'string' },
      time_zone: { type: 'string', description: 'Of the business days' },
    },
  },
  partial_periods: {
    type: 'array',
    items: { type: 'string' },
    description: 'Periods of which the range holds only a part, or that were not over when the state was published.',
  },
  currency: {
    type: ['string', 'null'],
    description: 'What amounts are in (ISO 4217); null while no order says what the reporting currency is.',
  },
  unconverted_lines: {
    type: 'integer',
    description:
      'Items sold in the range in a currency without a rate on the day: they are in no amount. Absent where none is converted.',
  },
  totals: {
    type: 'object',
    description: 'With `subtotals`: the measures of the whole range, distinct orders and customers counted in it.',
    properties: TREND_SCHEMAS,
    additionalProperties: false,
  },
  forecast: {
    type: 'object',
    description: 'With `forecast`: how each series was forecast.',
    properties: {
      of: { type: 'string' },
      periods: { type: 'integer' },
      interval: { type: 'number', description: 'Probability with which a value is between lower and upper' },
      series: {
        type: 'array',
        items: {
          type: 'object',
          required: ['method'],
          properties: {
            ...DIMENSION_PROPERTIES,
            method: {
              type: ['string', 'null'],
              enum: [...SEASONALITIES, null],
              description:
                'Season of the Holt-Winters smoothing whose backtest had the least error; null without a forecast',
            },
            reason: { type: 'string', description: 'Why there is none' },
            season_length: { type: ['integer', 'null'], description: 'In periods' },
            fitted_periods: { type: 'integer', description: 'Whole periods that it was fitted to' },
            alpha: { ...NUMBER, description: 'Weight of what is new in the level' },
            beta: { ...NUMBER, description: 'Weight of what is new in the trend' },
            gamma: { ...NUMBER, description: 'Weight of what is new in the season' },
            damping: { ...NUMBER, description: 'What of the trend is left after each period' },
            backtest: {
              type: 'object',
              description: 'The last periods, forecast from those before them.',
              properties: {
                periods: { type: 'integer' },
                mean_absolute_error: { ...NUMBER, description: AMOUNT_OF },
                relative_error: { ...NUMBER, description: 'That error by the mean of the periods; null where it is 0' },
                scaled_error: {
                  ...NUMBER,
                  description: 'That error by the one of repeating the last season; null where that has none',
                },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
      },
    },
  },
  anomalies: {
    type: 'object',
    description: 'With `anomalies`: the rule.',
    properties: { of: { type: 'string' }, rule: { type: 'string' }, threshold: { type: 'number' } },
  },
};
