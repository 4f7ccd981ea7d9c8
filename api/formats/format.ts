/** What an answer can be written as. */
export const FORMATS = ['json', 'csv', 'ndjson', 'arrow', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

export interface FormatDefinition {
  /** As it is sent. */
  readonly contentType: string;
  /** What `Accept` may name it by; the first one is that of the document. */
  readonly accepted: readonly [string, ...string[]];
  readonly extension: string;
  readonly description: string;
}

export const FORMAT_DEFINITIONS: Readonly<Record<Format, FormatDefinition>> = {
  json: {
    contentType: 'application/json; charset=utf-8',
    accepted: ['application/json'],
    extension: 'json',
    description: '`data` and `meta`.',
  },
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    accepted: ['text/csv'],
    extension: 'csv',
    description: 'RFC 4180 with a header row; nothing between two commas is null, members of members have a dot.',
  },
  ndjson: {
    contentType: 'application/x-ndjson; charset=utf-8',
    accepted: ['application/x-ndjson', 'application/jsonl', 'application/ndjson'],
    extension: 'ndjson',
    description: 'A row of `data` a line.',
  },
  arrow: {
    contentType: 'application/vnd.apache.arrow.stream',
    accepted: ['application/vnd.apache.arrow.stream'],
    extension: 'arrows',
    description: "Arrow's streaming format, with typed columns.",
  },
  parquet: {
    contentType: 'application/vnd.apache.parquet',
    accepted: ['application/vnd.apache.parquet', 'application/x-parquet'],
    extension: 'parquet',
    description: 'Parquet with typed columns.',
  },
};
