import { type ParameterProblem, parametersInvalid } from '../problems/problem.ts';
import { type Parameter, quoteShort, type Refusal } from './parameter.ts';

/** The parameters of one route, by name. */
export type ParameterSet = Readonly<Record<string, Parameter<unknown>>>;

export type ParameterValues<S extends ParameterSet> = {
  readonly [Name in keyof S]: S[Name] extends Parameter<infer T> ? T : never;
};

/**
 * Reads a request's query. Throws API_PARAMETERS_INVALID that names every wrong, repeated and unknown parameter, and
 * what `alsoWrong` finds between parameters that are right one by one.
 */
export function readParameters<S extends ParameterSet>(
  set: S,
  query: unknown,
  alsoWrong?: (values: ParameterValues<S>) => readonly ParameterProblem[],
): ParameterValues<S> {
  const given = new Map(Object.entries((query ?? {}) as Record<string, string | string[]>));
  const problems: ParameterProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(set)) {
    const value = given.get(name);
    given.delete(name);
    values[name] = parameter.fallback;
    if (value === undefined) continue;
    const texts = Array.isArray(value) ? value : [value];
    if (texts.length > 1 && !parameter.repeatable) {
      problems.push({ parameter: name, problem: `given ${texts.length} times`, allowed: 'once' });
      continue;
    }
    const read = parameter.read(texts);
    if (isRefusal(read)) problems.push({ parameter: name, problem: read.refused, allowed: parameter.allowed });
    else values[name] = read;
  }
  for (const name of given.keys()) {
    const shown = quoteShort(name).slice(1, -1);
    problems.push({ parameter: shown, problem: 'there is no such parameter here', allowed: Object.keys(set) });
  }
  const read = values as ParameterValues<S>; // each name of the set was assigned from its own parameter above
  if (problems.length === 0 && alsoWrong !== undefined) problems.push(...alsoWrong(read));
  if (problems.length > 0) throw parametersInvalid(problems);
  return read;
}

/** JSON Schema of the query, for the OpenAPI document. */
export function querySchema(set: ParameterSet): object {
  const properties = Object.entries(set).map(([name, parameter]) => [
    name,
    { ...parameter.schema, description: parameter.description },
  ]);
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}
