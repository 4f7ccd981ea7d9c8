import { ANSWER_HEADERS, FILE_CONTENTS, NOT_MODIFIED } from '../formats/answer-headers.ts';
import { problemResponses } from '../problems/problem-schema.ts';
import { META_EXAMPLE, STATE_SCHEMAS } from '../reports/meta-schema.ts';

/** Header with what `meta.next_cursor` says. */
export const NEXT_CURSOR = 'x-millrace-next-cursor';

/** The parameter in the address. */
export const NAME = {
  type: 'object',
  required: ['view'],
  properties: { view: { type: 'string', description: 'A name that /v1/views lists.' } },
};

const TYPES = ['text', 'integer', 'decimal', 'float', 'day', 'moment', 'boolean', 'list'];
const NAMES = { type: 'array', items: { type: 'string' } };

const VIEW_SCHEMA = {
  type: 'object',
  required: ['name', 'description', 'key', 'filters', 'columns'],
  properties: {
    name: { type: 'string' },
    description: { type: 'string' },
    key: { ...NAMES, description: 'Columns that tell rows apart; pages are in their order.' },
    filters: { ...NAMES, description: 'Columns that can be asked for by value, as parameters of the same name.' },
    columns: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'description', 'type'],
        properties: {
          name: { type: 'string' },
          description: { type: 'string' },
          type: { type: 'string', enum: TYPES },
        },
      },
    },
  },
};

const VIEW_EXAMPLE = {
  name: 'order_history',
  description: 'The orders of users, in whatever state.',
  key: ['order_id'],
  filters: ['order_id', 'user_id', 'order_status', 'channel'],
  columns: [
    { name: 'user_id', description: 'The user in the user service.', type: 'integer' },
    { name: 'ordered_at', description: 'When it was ordered (UTC).', type: 'moment' },
  ],
};

export const LIST_RESPONSES = {
  200: {
    description: 'The read models that whoever asks may see.',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['data', 'meta'],
          properties: {
            data: { type: 'array', items: VIEW_SCHEMA },
            meta: { type: 'object', required: ['rows'], properties: { rows: { type: 'integer' } } },
          },
          examples: [{ data: [VIEW_EXAMPLE], meta: { rows: 1 } }],
        },
      },
    },
  },
  ...problemResponses(400, 500, 503, 504),
};

export const PAGE_RESPONSES = {
  200: {
    description: 'A page of the view at one watermark.',
    headers: {
      ...ANSWER_HEADERS,
      link: {
        type: 'string',
        description: 'With `rel="next"`: the page behind this one, where there is one (RFC 8288).',
      },
      [NEXT_CURSOR]: { type: 'string', description: '`meta.next_cursor`, where there is one.' },
    },
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['data', 'meta'],
          properties: {
            data: {
              type: 'array',
              items: { type: 'object', description: 'The columns that /v1/views lists.', additionalProperties: true },
            },
            meta: {
              type: 'object',
              required: ['view', ...Object.keys(STATE_SCHEMAS), 'next_cursor', 'parameters'],
              properties: {
                view: { type: 'string' },
                ...STATE_SCHEMAS,
                next_cursor: {
                  type: ['string', 'null'],
                  description: 'For the page behind this one, at the same state; null: this is the last.',
                },
                parameters: {
                  type: 'object',
                  description: 'As understood, with defaults filled.',
                  additionalProperties: true,
                },
              },
            },
          },
          examples: [
            {
              data: [{ user_id: 17, ordered_at: '2026-11-20T09:12:33.000000Z', order_id: 4, order_status: 'paid' }],
              meta: {
                view: 'order_history',
                ...META_EXAMPLE,
                rows: 1,
                next_cursor: 'WzEsIjQ3MTEiLCJfa2V5IixbIjQiXV0',
                parameters: { limit: 1, order_id: [], user_id: ['17'], order_status: [], channel: [] },
              },
            },
          ],
        },
      },
      ...FILE_CONTENTS,
    },
  },
  304: NOT_MODIFIED,
  ...problemResponses(400, 404, 406, 409, 410, 500, 503, 504),
};
