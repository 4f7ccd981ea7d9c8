import { Ajv } from 'ajv';
import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';

/** Rows of one key depend on the input rows with that key alone: recomputed key by key. */
export interface ByKeyMaintenance {
  readonly strategy: 'by_key';
  /** Output column that holds the key. */
  readonly key: string;
  /** `source.table` or model name -> its column that holds the key. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Further rows that a key's rows lead to, step by step until nothing new is found. */
  readonly lookups: readonly Lookup[];
  /** Keys that have rows whatever the inputs hold: a dimension's row for what is unknown. As the key's text. */
  readonly members: readonly string[];
}

export interface Lookup {
  readonly table: string;
  readonly key: string;
  readonly from: string;
  readonly column: string;
}

/** A cube of additive measures: changed by the difference of its input's rows. */
export interface AdditiveMaintenance {
  readonly strategy: 'additive';
  readonly input: string;
  /** The input's maintenance key: distinct counts of it add up too, because its rows are always recomputed together. */
  readonly entity: string;
  /** Measure that counts the input's rows: a cell without any is no cell. */
  readonly row_count: string;
}

/** No inputs: built once. */
export interface StaticMaintenance {
  readonly strategy: 'static';
}

/** A snapshot: every version of a model's rows, with the time that it held. Declared in YAML, see snapshot-settings.ts. */
export interface HistoryMaintenance {
  readonly strategy: 'history';
  /** Model whose rows it follows. */
  readonly relation: string;
  /** Columns that make a new version when they change. */
  readonly check_cols: 'all' | readonly string[];
  /** How readers see the beginning and the end of a version's time. */
  readonly valid_from: string;
  readonly valid_to: string;
}

export type Maintenance = ByKeyMaintenance | AdditiveMaintenance | StaticMaintenance | HistoryMaintenance;

const text = { type: 'string', minLength: 1 };

const schema = {
  type: 'object',
  required: ['strategy'],
  discriminator: { propertyName: 'strategy' },
  oneOf: [
    {
      properties: {
        strategy: { const: 'by_key' },
        key: text,
        inputs: { type: 'object', minProperties: 1, additionalProperties: text },
        lookups: {
          type: 'array',
          default: [],
          items: {
            type: 'object',
            required: ['table', 'key', 'from', 'column'],
            additionalProperties: false,
            properties: { table: text, key: text, from: text, column: text },
          },
        },
        members: { type: 'array', items: text, default: [] },
      },
      required: ['key', 'inputs'],
      additionalProperties: false,
    },
    {
      properties: { strategy: { const: 'additive' }, input: text, entity: text, row_count: text },
      required: ['input', 'entity', 'row_count'],
      additionalProperties: false,
    },
    { properties: { strategy: { const: 'static' } }, additionalProperties: false },
  ],
};

const validate = new Ajv({
  discriminator: true,
  allErrors: true,
  useDefaults: true,
  strict: false,
}).compile<Exclude<Maintenance, HistoryMaintenance>>(schema);

/** Checks `meta.maintenance` of a model. Throws MR-MODEL-002 that names every fault. */
export function parseMaintenance(model: string, declared: unknown): Maintenance {
  if (declared === undefined) {
    throw new MillraceError(
      MODEL_ERRORS.notMaintainable,
      `model ${model}: a table needs config(meta={'maintenance': {'strategy': 'by_key' | 'additive' | 'static', ...}})`,
    );
  }
  const copy: unknown = structuredClone(declared);
  if (validate(copy)) {
    if (copy.strategy !== 'by_key') return copy;
    return { ...copy, lookups: copy.lookups ?? [], members: copy.members ?? [] };
  }
  const faults = (validate.errors ?? []).map((error) => `meta.maintenance${error.instancePath} ${error.message}`);
  throw new MillraceError(MODEL_ERRORS.notMaintainable, `model ${model}: ${faults.join('; ')}`);
}
