import { Template } from '@huggingface/jinja';

/** What a template may call; the names are dbt's. */
export interface RenderContext {
  ref(model: string): string;
  source(source: string, table: string): string;
  config(options: Readonly<Record<string, unknown>>): string;
  var(name: string, fallback?: unknown): unknown;
}

/** Renders a model's Jinja. Macros are text that stands in front of the template. */
export function render(options: {
  sql: string;
  macros: string;
  context: RenderContext;
  /** Further names that the SQL may use. */
  values?: Readonly<Record<string, unknown>>;
}): string {
  const { sql, macros, context, values = {} } = options;
  return new Template(withLineBreaks(`${macros}${sql}`))
    .render({
      ...values,
      ref: context.ref,
      source: context.source,
      config: (options: unknown) => context.config(toPlain(options) as Record<string, unknown>),
      var: context.var,
    })
    .trim();
}

/** The template engine swallows the line break behind a block, dbt does not: `all {% endif %}` and `select` stay two words. */
function withLineBreaks(template: string): string {
  return template.replaceAll('%}\n', '%}\n\n');
}

/** The template engine hands over keyword arguments as maps of its own value objects. */
function toPlain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, toPlain(item)]));
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === 'object' && value !== null && 'value' in value) return toPlain(value.value);
  return value;
}
