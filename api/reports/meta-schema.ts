/** JSON Schema of `meta.as_of`: a position per source. */
export const AS_OF_SCHEMA = {
  type: 'object',
  description: 'Per source the position up to which every commit is contained.',
  additionalProperties: {
    type: 'object',
    required: ['lsn', 'committed_at'],
    properties: {
      lsn: { type: 'string' },
      committed_at: { type: ['string', 'null'], format: 'date-time' },
    },
  },
};

/** What `meta` says of every answer at a watermark, as JSON Schemas. */
export const STATE_SCHEMAS = {
  as_of: AS_OF_SCHEMA,
  watermark: { type: 'integer', description: 'The published batch that every number of the answer is from.' },
  published_at: { type: 'string', format: 'date-time' },
  lag_seconds: {
    type: 'number',
    format: 'double',
    description: 'Age of the least recent source at the moment of the answer.',
  },
  rows: { type: 'integer' },
};

/** JSON Schema of a report's `meta`, with what the report adds. */
export function metaSchema(properties: Readonly<Record<string, object>>): object {
  return {
    type: 'object',
    required: ['report', ...Object.keys(STATE_SCHEMAS), 'parameters'],
    properties: {
      report: { type: 'string' },
      ...STATE_SCHEMAS,
      parameters: { type: 'object', description: 'As understood, with defaults filled.', additionalProperties: true },
      ...properties,
    },
  };
}

/** The part of `meta` that examples share. */
export const META_EXAMPLE = {
  as_of: { order: { lsn: '0/1A2B3C8', committed_at: '2026-11-21T09:59:59.871204Z' } },
  watermark: 4711,
  published_at: '2026-11-21T10:00:00.102000Z',
  lag_seconds: 0.31,
};
