import { API_ERRORS } from '../errors.ts';
import { FORMAT_DEFINITIONS } from '../formats/format.ts';
import { problemResponses } from '../problems/problem-schema.ts';
import { META_EXAMPLE, STATE_SCHEMAS } from '../reports/meta-schema.ts';
import { EXPORT_FORMATS, MAX_ADDRESS_CHARACTERS, MAX_PATH_CHARACTERS } from './asked-export.ts';
import { EXPORT_STATUSES } from './export-record.ts';

const TEXT = { type: 'string' };
const MOMENT = { type: ['string', 'null'], format: 'date-time' };
const VALUE = { type: ['string', 'number', 'boolean'] };
const VALUES = { anyOf: [VALUE, { type: 'array', items: VALUE, minItems: 1, maxItems: 100 }] };
const FORMAT = { type: 'string', enum: EXPORT_FORMATS };

/** The parameter in the address. */
export const ID = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', format: 'uuid', description: 'Of an export that /v1/exports lists.' } },
};

export const ASKED_SCHEMA = {
  type: 'object',
  required: ['request', 'format'],
  additionalProperties: false,
  properties: {
    request: {
      description:
        'What to export, without `format`: an address such as `/v1/views/order_history?channel=web`, or its parts. Views are ' +
        'exported as a whole, without `limit` and `cursor`; a question about a cube without `limit` gives all rows.',
      anyOf: [
        { type: 'string', maxLength: MAX_ADDRESS_CHARACTERS },
        {
          type: 'object',
          required: ['path'],
          additionalProperties: false,
          properties: {
            path: { type: 'string', maxLength: MAX_PATH_CHARACTERS, pattern: '^[^?]*$' },
            query: {
              type: ['object', 'null'],
              description: 'Parameters of the address, a list where one is repeated.',
              additionalProperties: VALUES,
            },
            body: { description: 'The question, for a request that is sent with POST.' },
          },
        },
      ],
    },
    format: { ...FORMAT, description: 'What the file is written as.' },
  },
  examples: [
    {
      request: {
        path: '/v1/cubes/monthly_sales_cube/query',
        body: { measures: ['units'], dimensions: [{ name: 'month', grain: 'month' }, 'channel'] },
      },
      format: 'parquet',
    },
    { request: '/v1/views/order_history?channel=web', format: 'csv' },
  ],
};

const { as_of, watermark, published_at } = STATE_SCHEMAS;

const EXPORT_PROPERTIES = {
  id: { type: 'string', format: 'uuid' },
  status: {
    type: 'string',
    enum: EXPORT_STATUSES,
    description: '`queued` and `running` are under way; the others are for good.',
  },
  request: {
    type: 'object',
    description: 'What was asked for.',
    required: ['method', 'path', 'query', 'body'],
    properties: {
      method: { type: 'string', enum: ['GET', 'POST'] },
      path: TEXT,
      query: { type: 'object', additionalProperties: { anyOf: [TEXT, { type: 'array', items: TEXT }] } },
      body: { description: 'Null where there is none.' },
    },
  },
  format: FORMAT,
  as_of,
  watermark,
  published_at,
  created_at: { type: 'string', format: 'date-time', description: 'When it was accepted, and its state was fixed.' },
  started_at: { ...MOMENT, description: 'When its rows were begun to be read; null while it waits.' },
  finished_at: { ...MOMENT, description: 'When it ended, one way or another.' },
  expires_at: { ...MOMENT, description: 'When it is removed, with its file; null while it is under way.' },
  rows: { type: ['integer', 'null'], description: 'Of the whole file; null until they were counted.' },
  bytes: { type: 'integer', description: 'Of the file; while it is being written, those until now.' },
  progress: {
    type: ['number', 'null'],
    format: 'double',
    minimum: 0,
    maximum: 1,
    description:
      'The part of the rows that is written; null where that is not known, as of Arrow and Parquet before they are done.',
  },
  file_name: { type: ['string', 'null'], description: 'What to call the file; null until it is done.' },
  file: { type: ['string', 'null'], description: 'Its address; null until it is done.' },
  sha256: { type: ['string', 'null'], description: 'Of the file, hexadecimal; null until it is done.' },
  problem: {
    description: 'Why it failed, as the request itself would have been answered; null where it did not.',
    anyOf: [{ $ref: 'problem#' }, { type: 'null' }],
  },
};

const EXPORT_SCHEMA = { type: 'object', required: Object.keys(EXPORT_PROPERTIES), properties: EXPORT_PROPERTIES };

const ID_EXAMPLE = '5f0c9f0e-6f5f-4a53-9a0e-3f6a5f5d3c11';
const EXPORT_EXAMPLE = {
  id: ID_EXAMPLE,
  status: 'done',
  request: { method: 'GET', path: '/v1/views/order_history', query: { channel: 'web' }, body: null },
  format: 'csv',
  as_of: META_EXAMPLE.as_of,
  watermark: META_EXAMPLE.watermark,
  published_at: META_EXAMPLE.published_at,
  created_at: '2026-11-21T10:00:01.204Z',
  started_at: '2026-11-21T10:00:01.207Z',
  finished_at: '2026-11-21T10:00:14.981Z',
  expires_at: '2026-11-22T10:00:14.981Z',
  rows: 1_204_112,
  bytes: 148_200_911,
  progress: 1,
  file_name: 'order_history-4711.csv',
  file: `/v1/exports/${ID_EXAMPLE}/file`,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  problem: null,
};
const QUEUED_EXAMPLE = {
  ...EXPORT_EXAMPLE,
  status: 'queued',
  started_at: null,
  finished_at: null,
  expires_at: null,
  rows: null,
  bytes: 0,
  progress: 0,
  file_name: null,
  file: null,
  sha256: null,
};

function answer(description: string, data: object, example: object, headers: object = {}): object {
  return {
    description,
    headers,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['data', 'meta'],
          properties: {
            data,
            meta: { type: 'object', required: ['rows'], properties: { rows: { type: 'integer' } } },
          },
          examples: [{ data: example, meta: { rows: 1 } }],
        },
      },
    },
  };
}

const RETRY_AFTER = {
  ...TEXT,
  description: 'Seconds after which it makes sense to look again; while it is under way.',
};

export const ACCEPT_RESPONSES = {
  202: answer('It was accepted.', EXPORT_SCHEMA, QUEUED_EXAMPLE, {
    location: { ...TEXT, description: 'Where it is told how far it is.' },
    'retry-after': RETRY_AFTER,
  }),
  ...problemResponses(400, 404, 409, 410, 413, 415, 422, 429, 500, 503, 504),
};

export const LIST_RESPONSES = {
  200: answer('Your exports, newest first.', { type: 'array', items: EXPORT_SCHEMA }, [EXPORT_EXAMPLE]),
  ...problemResponses(400, 500),
};

export const STATUS_RESPONSES = {
  200: answer('How far it is.', EXPORT_SCHEMA, EXPORT_EXAMPLE, { 'retry-after': RETRY_AFTER }),
  ...problemResponses(400, 404, 500),
};

export const DROP_RESPONSES = {
  200: answer('It was under way, and was ended.', EXPORT_SCHEMA, {
    ...EXPORT_EXAMPLE,
    status: 'cancelled',
    bytes: 0,
    progress: null,
    file_name: null,
    file: null,
    sha256: null,
  }),
  204: { description: 'It had ended, and was removed with its file.', type: 'null' },
  ...problemResponses(400, 404, 500),
};

const FILE_HEADERS = {
  'accept-ranges': { ...TEXT, description: '`bytes`: parts of it can be asked for.' },
  'content-disposition': { ...TEXT, description: 'A name for the file.' },
  etag: { ...TEXT, description: 'Of the bytes; send it as If-Range to go on with a download, or as If-None-Match.' },
  'x-millrace-watermark': { ...TEXT, description: 'The published batch that every row is from.' },
  'x-millrace-published-at': { ...TEXT, format: 'date-time', description: 'When it was published.' },
  'x-millrace-rows': { ...TEXT, description: 'Rows of the whole file.' },
};
const CONTENT_RANGE = { ...TEXT, description: 'Which bytes these are, and how many there are in all.' };

/** Schema of each type that a file can have. */
const FILE_CONTENTS = Object.fromEntries(
  EXPORT_FORMATS.map((format) => {
    const { accepted, description } = FORMAT_DEFINITIONS[format];
    const isText = format === 'csv' || format === 'ndjson';
    return [accepted[0], { schema: { type: 'string', ...(!isText && { format: 'binary' }), description } }];
  }),
);

export const RANGE_HEADERS = {
  type: 'object',
  properties: {
    range: { ...TEXT, description: 'Bytes to send, to go on with a download: `bytes=1048576-`. One range.' },
    'if-range': { ...TEXT, description: 'The ETag of what was downloaded; of another file all of it is sent.' },
  },
};

const [UNSATISFIABLE] = Object.values(problemResponses(API_ERRORS.rangeNotSatisfiable.status));

export const FILE_RESPONSES = {
  200: { description: 'The file.', headers: FILE_HEADERS, content: FILE_CONTENTS },
  206: {
    description: 'The part of it that `Range` asks for.',
    headers: { ...FILE_HEADERS, 'content-range': CONTENT_RANGE },
    content: FILE_CONTENTS,
  },
  304: { description: 'It is the file whose ETag was sent.', headers: FILE_HEADERS, type: 'null' },
  416: {
    ...UNSATISFIABLE,
    headers: { 'content-range': CONTENT_RANGE, 'accept-ranges': FILE_HEADERS['accept-ranges'] },
  },
  ...problemResponses(400, 404, 409, 500),
};
