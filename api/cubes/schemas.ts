import { AGGREGATES, CUBE_GRAINS } from '../../warehouse/models/cubes/cube.ts';
import { ANSWER_HEADERS, FILE_CONTENTS, NOT_MODIFIED } from '../formats/answer-headers.ts';
import { problemResponses } from '../problems/problem-schema.ts';
import { META_EXAMPLE, STATE_SCHEMAS } from '../reports/meta-schema.ts';
import { DEFAULT_LIMIT, MAX_FILTERS, MAX_MEMBERS, MAX_VALUES, OPERATORS } from './question.ts';

/** The parameter in the address. */
export const NAME = {
  type: 'object',
  required: ['cube'],
  properties: { cube: { type: 'string', description: 'A name that /v1/cubes lists.' } },
};
const KINDS = ['text', 'integer', 'decimal', 'float', 'day', 'moment', 'boolean'];

export const CUBE_SCHEMA = {
  type: 'object',
  required: ['name', 'description', 'time', 'dimensions', 'measures'],
  properties: {
    name: { type: 'string' },
    description: { type: 'string' },
    time: {
      type: ['string', 'null'],
      description: 'The dimension that `time_range` is about unless it names another.',
    },
    dimensions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'description', 'type', 'grains'],
        properties: {
          name: { type: 'string', description: '`column`, or `column.attribute` of what the column points to.' },
          description: { type: 'string' },
          type: { type: 'string', enum: KINDS },
          grains: { type: 'array', items: { type: 'string', enum: CUBE_GRAINS } },
        },
      },
    },
    measures: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'description', 'type', 'aggregate', 'not_over', 'ratio'],
        properties: {
          name: { type: 'string' },
          description: { type: 'string' },
          type: { type: 'string', enum: KINDS },
          aggregate: { type: 'string', enum: [...AGGREGATES, 'count', 'ratio'] },
          not_over: {
            type: 'array',
            items: { type: 'string' },
            description:
              'Dimensions that it does not add up over: each must be asked for, or held to one value by a filter.',
          },
          ratio: {
            type: ['object', 'null'],
            properties: { of: { type: 'string' }, by: { type: 'string' }, scale: { type: 'integer' } },
          },
        },
      },
    },
  },
};

const CUBE_EXAMPLE = {
  name: 'monthly_sales_cube',
  description: 'Sales by month, product, channel, region, country and currency.',
  time: 'month',
  dimensions: [
    { name: 'month', description: 'First day of the month.', type: 'day', grains: ['month', 'quarter', 'year'] },
    { name: 'product_id.category', description: 'Category.', type: 'text', grains: [] },
  ],
  measures: [
    { name: 'units', description: 'Units of all items.', type: 'integer', aggregate: 'sum', not_over: [], ratio: null },
    {
      name: 'return_rate',
      description: 'Share of gross revenue that was refunded.',
      type: 'decimal',
      aggregate: 'ratio',
      not_over: ['currency'],
      ratio: { of: 'refunds', by: 'gross_revenue', scale: 4 },
    },
  ],
};

export const QUESTION_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    measures: { type: 'array', maxItems: MAX_MEMBERS, items: { type: 'string' } },
    dimensions: {
      type: 'array',
      maxItems: MAX_MEMBERS,
      items: {
        anyOf: [
          { type: 'string' },
          {
            type: 'object',
            additionalProperties: false,
            required: ['name'],
            properties: { name: { type: 'string' }, grain: { type: 'string', enum: CUBE_GRAINS } },
          },
        ],
      },
    },
    filters: {
      type: 'array',
      maxItems: MAX_FILTERS,
      description: 'All of them must hold. Those of measures are about the rows of the answer.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: { type: 'string' },
          operator: { type: 'string', enum: OPERATORS, default: 'equals' },
          values: { type: 'array', maxItems: MAX_VALUES, items: { type: ['string', 'number', 'boolean'] } },
        },
      },
    },
    time_range: {
      type: 'object',
      additionalProperties: false,
      description: 'Both days belong to it; without one the range is open on that side.',
      properties: {
        name: { type: 'string' },
        from: { type: 'string', format: 'date' },
        to: { type: 'string', format: 'date' },
      },
    },
    order: {
      type: 'array',
      maxItems: MAX_MEMBERS,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: { name: { type: 'string' }, direction: { type: 'string', enum: ['asc', 'desc'], default: 'asc' } },
      },
    },
    limit: {
      type: 'integer',
      minimum: 1,
      description: `Rows at most. Default: ${DEFAULT_LIMIT} in JSON; as many as there may be in the other formats.`,
    },
  },
  examples: [
    {
      measures: ['reporting_net_revenue', 'units'],
      dimensions: [{ name: 'month', grain: 'quarter' }, 'product_id.category'],
      filters: [{ name: 'channel', operator: 'equals', values: ['web'] }],
      time_range: { from: '2026-01-01', to: '2026-12-31' },
      order: [{ name: 'reporting_net_revenue', direction: 'desc' }],
      limit: 10,
    },
  ],
};

const STATUSES = [400, 404, 409, 410, 413, 415, 422, 500, 503, 504];

interface JsonAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, object>>;
}

/** The same as files, with what they are true for in headers. */
function withFiles({ description, content }: JsonAnswer): object {
  return {
    description,
    headers: ANSWER_HEADERS,
    content: { ...content, ...FILE_CONTENTS },
  };
}

/** `data` and `meta` as JSON. */
function answer(description: string, data: object, meta: object, example: object): JsonAnswer {
  const metaProperties = Object.keys(meta);
  const schema = {
    type: 'object',
    required: ['data', 'meta'],
    properties: { data, meta: { type: 'object', required: metaProperties, properties: meta } },
    examples: [example],
  };
  return { description, content: { 'application/json': { schema } } };
}

export const LIST_RESPONSES = {
  200: answer(
    'The cubes that readers see now.',
    { type: 'array', items: CUBE_SCHEMA },
    { rows: { type: 'integer' } },
    { data: [CUBE_EXAMPLE], meta: { rows: 1 } },
  ),
  ...problemResponses(400, 500, 503, 504),
};

export const CUBE_RESPONSES = {
  200: answer(
    'The cube as readers see it now.',
    CUBE_SCHEMA,
    { rows: { type: 'integer' } },
    { data: CUBE_EXAMPLE, meta: { rows: 1 } },
  ),
  ...problemResponses(400, 404, 500, 503, 504),
};

const CUBE_META = { cube: { type: 'string' }, ...STATE_SCHEMAS };

export const QUERY_RESPONSES = {
  200: withFiles(
    answer(
      'The answer at one watermark.',
      {
        type: 'array',
        items: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } },
      },
      {
        ...CUBE_META,
        is_truncated: { type: 'boolean', description: 'There are more rows than `limit`.' },
        question: { type: 'object', description: 'As understood, with defaults filled.' },
      },
      {
        data: [{ month: '2026-10-01', 'product_id.category': 'Books', reporting_net_revenue: 4711.5, units: 310 }],
        meta: {
          cube: 'monthly_sales_cube',
          ...META_EXAMPLE,
          rows: 1,
          is_truncated: false,
          question: {
            measures: ['reporting_net_revenue', 'units'],
            dimensions: [
              { name: 'month', grain: 'quarter' },
              { name: 'product_id.category', grain: null },
            ],
            filters: [],
            time_range: null,
            order: [],
            limit: DEFAULT_LIMIT,
          },
        },
      },
    ),
  ),
  304: NOT_MODIFIED,
  ...problemResponses(...STATUSES, 406),
};

export const EXPLAIN_RESPONSES = {
  200: answer(
    'The query that answers the question.',
    {
      type: 'object',
      required: ['sql', 'parameters', 'rows_read', 'bytes_read', 'seconds'],
      properties: {
        sql: { type: 'string' },
        parameters: { type: 'object', additionalProperties: true },
        rows_read: { type: 'integer' },
        bytes_read: { type: 'integer' },
        seconds: { type: 'number' },
      },
    },
    CUBE_META,
    {
      data: {
        sql: 'select toString(q.m0) as m0 from (select sum(c.`units`) as m0 from ... as c) as q limit 1001',
        parameters: { watermark: '4711' },
        rows_read: 73_400,
        bytes_read: 1_174_400,
        seconds: 0.012,
      },
      meta: { cube: 'monthly_sales_cube', ...META_EXAMPLE, rows: 1 },
    },
  ),
  ...problemResponses(...STATUSES),
};
