// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such placeholders are what this is about
import type { ConfigProblem } from './errors.ts';

export interface Lookup {
  /** Value of an environment variable. */
  variable(name: string): string | undefined;
  /** Content of a file without the line end, undefined when it cannot be read. */
  file(path: string): string | undefined;
}

// `$${` is a plain `${`; what stands between the braces ends at the first one that closes.
const EXPRESSION = /\$\$\{|\$\{([^}]*)\}/g;
const NUMBER_OR_BOOLEAN = /^(?:-?\d{1,15}|true|false)$/;

/**
 * The parsed file with `${ENV}`, `${file:path}`, and either with `:-default`, replaced inside text values. A value that is
 * nothing but one expression and comes out as a whole number, true or false becomes that. An empty variable counts as
 * not set, as in a shell's `:-`.
 */
export function interpolate(value: unknown, lookup: Lookup): { value: unknown; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const visit = (node: unknown, path: string): unknown => {
    if (typeof node === 'string') return interpolateText(node, path, lookup, problems);
    if (Array.isArray(node)) return node.map((item, index) => visit(item, `${path}[${index}]`));
    if (typeof node === 'object' && node !== null) {
      return Object.fromEntries(
        Object.entries(node).map(([key, item]) => [key, visit(item, path === '' ? key : `${path}.${key}`)]),
      );
    }
    return node;
  };
  return { value: visit(value, ''), problems };
}

function interpolateText(text: string, path: string, lookup: Lookup, problems: ConfigProblem[]): unknown {
  const result = text.replace(EXPRESSION, (whole, expression: string | undefined) => {
    if (expression === undefined) return '${';
    const resolved = resolveExpression(expression, lookup);
    if ('message' in resolved) {
      problems.push({ path, message: resolved.message });
      return whole;
    }
    return resolved.text;
  });
  const isExpression = /^\$\{[^}]*\}$/.test(text);
  if (isExpression && NUMBER_OR_BOOLEAN.test(result)) return JSON.parse(result) as unknown;
  return result;
}

function resolveExpression(expression: string, lookup: Lookup): { text: string } | { message: string } {
  if (expression.startsWith('file:')) {
    const [, file = '', fallback] = /^(.*?)(?::-(.*))?$/s.exec(expression.slice('file:'.length)) ?? [];
    const text = lookup.file(file) ?? fallback;
    return text === undefined ? { message: `cannot read the file ${file}` } : { text };
  }
  const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(expression) ?? [];
  if (name === undefined) {
    return { message: `\${${expression}} is none of \${NAME}, \${NAME:-default}, \${file:/path}` };
  }
  const set = lookup.variable(name);
  if (set !== undefined && set !== '') return { text: set };
  if (fallback !== undefined) return { text: fallback };
  return { message: `environment variable ${name} is not set` };
}
