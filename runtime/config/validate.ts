import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { ConfigProblem } from './errors.ts';
import { schemaProblems } from './schema-problems.ts';

const schema = JSON.parse(readFileSync(new URL('./millrace.schema.json', import.meta.url), 'utf8')) as object;
const ajv = new Ajv({ allErrors: true, useDefaults: false, verbose: true, allowUnionTypes: true, strictTypes: false });
ajv.addKeyword('x-allowed');
const check = ajv.compile(schema);

/** Everything in which the file departs from the schema. */
export function validate(file: unknown): ConfigProblem[] {
  return check(file) ? [] : schemaProblems(check.errors ?? [], file);
}
