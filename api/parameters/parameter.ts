import type { AsOf } from '../../warehouse/published/published.ts';
import { dayOf, FIRST_DAY, LAST_DAY } from '../reports/calendar.ts';

/** What was wrong with a value; `given` is already cut short. */
export interface Refusal {
  readonly refused: string;
}

/**
 * One query parameter: how it is documented and how its text is read. The same definition makes the OpenAPI document
 * and the error messages, so that they cannot disagree.
 */
export interface Parameter<T> {
  readonly description: string;
  /** May it be given several times? Then the values are alternatives. */
  readonly repeatable: boolean;
  /** Said to whoever gave something else. */
  readonly allowed: string | readonly string[];
  /** JSON Schema of the value (or of the array of values). */
  readonly schema: object;
  readonly fallback: T;
  /** `texts` has at least one element, exactly one unless repeatable. */
  read(texts: readonly string[]): T | Refusal;
}

const MAX_VALUES = 100;
const MAX_TEXT_CHARACTERS = 200;

export function quoteShort(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

/** One of a fixed list. */
export function choice<const V extends string, F extends V | null>(
  values: readonly V[],
  fallback: F,
  description: string,
): Parameter<V | F> {
  return {
    description,
    repeatable: false,
    allowed: values,
    schema: { type: 'string', enum: values, ...(fallback !== null && { default: fallback }) },
    fallback,
    read: ([text = '']) =>
      values.find((value) => value === text) ?? { refused: `${quoteShort(text)} is not one of the values` },
  };
}

/** Several out of a fixed list, comma-separated or repeated; all of them when absent. */
export function choices<const V extends string>(values: readonly V[], description: string): Parameter<readonly V[]> {
  return {
    description,
    repeatable: true,
    allowed: values,
    schema: { type: 'array', items: { type: 'string', enum: values } },
    fallback: values,
    read(texts) {
      const given = texts.flatMap((text) => text.split(','));
      const unknown = given.find((text) => !values.some((value) => value === text));
      if (unknown !== undefined) return { refused: `${quoteShort(unknown)} is not one of the values` };
      return values.filter((value) => given.includes(value));
    },
  };
}

/** A calendar day, as YYYY-MM-DD; null when absent. */
export function date(description: string, example: string): Parameter<string | null> {
  return {
    description,
    repeatable: false,
    allowed: `a day that exists, as YYYY-MM-DD, from ${FIRST_DAY} to ${LAST_DAY}`,
    schema: { type: 'string', format: 'date', examples: [example] },
    fallback: null,
    read: ([text = '']) => (dayOf(text) === null ? { refused: `${quoteShort(text)} is not such a day` } : text),
  };
}

const MAX_UINT64 = 2n ** 64n - 1n;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** A state that was published: its watermark, or a moment at which it was the current one; null when absent. */
export function publishedState(description: string): Parameter<AsOf | null> {
  return {
    description,
    repeatable: false,
    allowed: 'a watermark (`meta.watermark` of an answer), or a moment in ISO 8601 with its zone: 2026-11-21T10:00:00Z',
    schema: {
      type: 'string',
      anyOf: [{ pattern: '^[0-9]{1,20}$' }, { format: 'date-time' }],
      examples: ['4711', '2026-11-21T10:00:00Z'],
    },
    fallback: null,
    read([text = '']) {
      if (/^\d{1,20}$/.test(text) && BigInt(text) <= MAX_UINT64) return { watermark: BigInt(text).toString() };
      const atMs = readMoment(text);
      return atMs === null ? { refused: `${quoteShort(text)} is neither` } : { atMs };
    },
  };
}

/** Unix milliseconds of a moment in ISO 8601 with its zone; null for what is none. */
export function readMoment(text: string): number | null {
  // An address's plus sign that was not escaped is read as a blank.
  const moment = text.replace(' ', '+');
  const atMs = MOMENT.test(moment) ? Date.parse(moment) : Number.NaN;
  return Number.isNaN(atMs) ? null : atMs;
}

/** A whole number within bounds that a double holds exactly. */
export function wholeNumber<F extends number | null>(options: {
  min: number;
  max: number;
  fallback: F;
  description: string;
}): Parameter<number | F> {
  const { min, max, fallback, description } = options;
  return {
    description,
    repeatable: false,
    allowed: `a whole number from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max, ...(fallback !== null && { default: fallback }) },
    fallback,
    read([text = '']) {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : { refused: `${quoteShort(text)} is not such a number` };
    },
  };
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const IDENTIFIER = `a whole number from ${MIN_INT64} to ${MAX_INT64}`;

function readIdentifier(text: string): bigint | null {
  if (!/^-?\d{1,19}$/.test(text)) return null;
  const value = BigInt(text);
  return value >= MIN_INT64 && value <= MAX_INT64 ? value : null;
}

/** One 64-bit identifier; null when absent. */
export function identifier(description: string): Parameter<bigint | null> {
  return {
    description,
    repeatable: false,
    allowed: IDENTIFIER,
    schema: { type: 'integer', format: 'int64' },
    fallback: null,
    read: ([text = '']) => readIdentifier(text) ?? { refused: `${quoteShort(text)} is not such a number` },
  };
}

/** 64-bit identifiers as a filter; none when absent. */
export function identifiers(description: string): Parameter<readonly bigint[]> {
  return {
    description,
    repeatable: true,
    allowed: `${IDENTIFIER}; up to ${MAX_VALUES} times`,
    schema: { type: 'array', items: { type: 'integer', format: 'int64' }, maxItems: MAX_VALUES },
    fallback: [],
    read(texts) {
      if (texts.length > MAX_VALUES) return { refused: `${texts.length} values are too many` };
      const values: bigint[] = [];
      for (const text of texts) {
        const value = readIdentifier(text);
        if (value === null) return { refused: `${quoteShort(text)} is not such a number` };
        values.push(value);
      }
      return values;
    },
  };
}

/** Texts as a filter, compared as they are; none when absent. */
export function texts(description: string): Parameter<readonly string[]> {
  return {
    description,
    repeatable: true,
    allowed: `text of 1 to ${MAX_TEXT_CHARACTERS} characters; up to ${MAX_VALUES} times`,
    schema: {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: MAX_TEXT_CHARACTERS },
      maxItems: MAX_VALUES,
    },
    fallback: [],
    read(values) {
      if (values.length > MAX_VALUES) return { refused: `${values.length} values are too many` };
      const wrong = values.find((value) => value === '' || value.length > MAX_TEXT_CHARACTERS);
      return wrong === undefined ? values : { refused: `a text of ${wrong.length} characters` };
    },
  };
}
