import type { ErrorObject } from 'ajv';
import type { ConfigProblem } from './errors.ts';
import { nearest } from './nearest.ts';

/** What ajv (`allErrors`, `verbose`) found wrong with a file, in words. Values are never repeated: they may be secrets. */
export function schemaProblems(errors: readonly ErrorObject[], file: unknown): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const error of errors) {
    if (error.keyword === 'if') continue; // its branch says what is wrong
    const problem = { path: readablePath(error.instancePath, file), message: describe(error) };
    if (!problems.some(({ path, message }) => path === problem.path && message === problem.message)) {
      problems.push(problem);
    }
  }
  return problems;
}

function describe(error: ErrorObject): string {
  const rule = error.parentSchema as { 'x-allowed'?: string; properties?: Record<string, unknown> };
  const allowed = rule['x-allowed'];
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const keys = Object.keys(rule.properties ?? {});
      const meant = nearest(String(params.additionalProperty), keys);
      const hint = meant === null ? '' : `; did you mean ${meant}?`;
      return `unknown key ${String(params.additionalProperty)}${hint} (allowed: ${keys.join(', ')})`;
    }
    case 'required':
      return `${String(params.missingProperty)} is missing`;
    case 'enum':
      return `must be ${(params.allowedValues as unknown[]).join(' or ')}`;
    case 'type':
      return `must be ${allowed ?? [params.type].flat().join(' or ')}, not ${kindOf(error.data)}`;
    case 'pattern':
    case 'not':
      return `must be ${allowed ?? 'something else'}`;
    case 'minimum':
    case 'maximum':
      return `must be ${params.comparison === '>=' ? 'at least' : 'at most'} ${String(params.limit)}`;
    case 'minItems':
      return `must have at least ${String(params.limit)} entry`;
    case 'minLength':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${String(params.limit)} characters`;
    case 'uniqueItems':
      return `entries ${String(params.j)} and ${String(params.i)} are the same`;
    default:
      return error.message ?? error.keyword;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** `/sources/0/url` as `sources[0].url`. */
function readablePath(pointer: string, file: unknown): string {
  let path = '';
  let node = file;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path += Array.isArray(node) ? `[${key}]` : path === '' ? key : `.${key}`;
    node = (node as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}
