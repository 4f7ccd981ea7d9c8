/** How values appear in the envelope; the names and meanings are those of Debezium's Postgres connector. */
export interface EnvelopeOptions {
  /** numeric and money: exact text, a JSON number, or base64 of the unscaled integer (Debezium's default). */
  readonly decimal: 'string' | 'double' | 'precise';
  /** Dates and times: ISO text in UTC, or numbers since 1970 (Debezium's default, `adaptive`). */
  readonly time: 'isostring' | 'adaptive';
  /** interval: ISO 8601 duration, or microseconds with months of 30.4375 days (Debezium's default). */
  readonly interval: 'string' | 'numeric';
  /** bytea: base64 (Debezium's default, `bytes`) or hexadecimal digits. */
  readonly binary: 'bytes' | 'hex';
  /** hstore: a JSON object as text (Debezium's default) or as an object. */
  readonly hstore: 'json' | 'map';
}

/** Exact, and legible to people: decimals are text, times ISO. */
export const DEFAULT_ENVELOPE: EnvelopeOptions = {
  decimal: 'string',
  time: 'isostring',
  interval: 'string',
  binary: 'bytes',
  hstore: 'json',
};

/** What Debezium writes when nothing is configured. */
export const DEBEZIUM_ENVELOPE: EnvelopeOptions = {
  decimal: 'precise',
  time: 'adaptive',
  interval: 'numeric',
  binary: 'bytes',
  hstore: 'json',
};

/** Stands for a value that the source left out because it did not change. */
export const UNAVAILABLE = '__debezium_unavailable_value';
