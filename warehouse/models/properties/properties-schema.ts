import { Ajv } from 'ajv';
import type { ConfigProblem } from '../../../runtime/config/errors.ts';
import { schemaProblems } from '../../../runtime/config/schema-problems.ts';

const text = { type: 'string' };
const name = { type: 'string', minLength: 1 };
const free = {};
const mapping = { type: 'object' };
const tags = { anyOf: [text, { type: 'array', items: text }] };
/** Keys of dbt that say nothing to us are taken as they are; a key that is neither is a mistake. */
const documented = { name, description: text, docs: mapping, meta: mapping, tags, config: mapping };

/** A list of mappings with these keys and no others. */
function listOf(properties: object, required: readonly string[] = ['name']): object {
  return { type: 'array', items: { type: 'object', required, additionalProperties: false, properties } };
}

const constraints = listOf(
  {
    type: { enum: ['not_null', 'unique', 'primary_key', 'foreign_key', 'check', 'custom'] },
    name: text,
    columns: { type: 'array', items: name },
    expression: text,
    to: text,
    to_columns: { type: 'array', items: text },
    warn_unenforced: { type: 'boolean' },
    warn_unsupported: { type: 'boolean' },
  },
  ['type'],
);
const tests = {
  type: 'array',
  items: { type: ['string', 'object'], 'x-allowed': "a test's name, or a mapping of it to its arguments" },
};
const limit = {
  type: ['object', 'null'],
  required: ['count', 'period'],
  additionalProperties: false,
  properties: { count: { type: 'integer', minimum: 1 }, period: { enum: ['minute', 'hour', 'day'] } },
};
const loading = {
  loaded_at_field: name,
  loaded_at_query: name,
  freshness: {
    type: ['object', 'null'],
    additionalProperties: false,
    properties: { warn_after: limit, error_after: limit, filter: text },
  },
};
const columns = listOf({
  ...documented,
  data_type: name,
  quote: { type: 'boolean' },
  granularity: text,
  constraints,
  data_tests: tests,
  tests,
});
const fixture = {
  format: { enum: ['dict', 'csv', 'sql'] },
  rows: { type: ['array', 'string', 'null'], items: mapping, 'x-allowed': 'a list of mappings, or text' },
  fixture: name,
};

const schema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    version: free,
    models: listOf({
      ...documented,
      access: text,
      group: text,
      latest_version: free,
      deprecation_date: free,
      time_spine: free,
      versions: free,
      columns,
      constraints,
      data_tests: tests,
      tests,
    }),
    sources: listOf({
      ...documented,
      ...loading,
      // dbt keeps settings here, too.
      config: { type: 'object', properties: loading },
      database: text,
      schema: text,
      loader: text,
      quoting: mapping,
      overrides: text,
      tables: listOf({
        ...documented,
        ...loading,
        config: { type: 'object', properties: loading },
        identifier: text,
        loader: text,
        quoting: mapping,
        external: free,
        columns,
        data_tests: tests,
        tests,
      }),
    }),
    unit_tests: listOf(
      {
        name,
        description: text,
        model: name,
        versions: free,
        given: listOf({ input: name, ...fixture }, ['input']),
        expect: { type: 'object', additionalProperties: false, properties: fixture },
        overrides: { type: 'object', additionalProperties: false, properties: { vars: mapping } },
        config: {
          type: 'object',
          additionalProperties: false,
          properties: { enabled: { type: 'boolean' }, tags, meta: mapping },
        },
      },
      ['name', 'model', 'given', 'expect'],
    ),
    data_tests: listOf(documented),
    seeds: free,
    snapshots: listOf({ ...documented, relation: name, columns, data_tests: tests, tests }),
    analyses: free,
    macros: free,
    exposures: free,
    metrics: free,
    semantic_models: free,
    saved_queries: free,
    groups: free,
    functions: free,
    anchors: free,
  },
};

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strictTypes: false });
ajv.addKeyword('x-allowed');
const check = ajv.compile(schema);

/** Everything in which a file departs from what dbt has in one; where, and what is allowed. */
export function propertiesProblems(file: unknown): ConfigProblem[] {
  return check(file) ? [] : schemaProblems(check.errors ?? [], file);
}
