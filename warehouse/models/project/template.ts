import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { type Resolve, type SourceTableRef, sourceKey } from './project.ts';
import { render } from './render.ts';

/** A piece of Jinja SQL that was looked through: what it reads, what it configures. */
export interface SqlTemplate {
  /** In order of first use. */
  readonly refs: readonly string[];
  readonly sources: readonly SourceTableRef[];
  /** Everything that `config(...)` was given. */
  readonly config: Readonly<Record<string, unknown>>;
  compile(resolve: Resolve, vars?: Readonly<Record<string, unknown>>): string;
}

/** Renders once with names for references. Throws MR-MODEL-001 that begins with the name. */
export function openTemplate(options: {
  /** What messages call it. */
  name: string;
  sql: string;
  macros: string;
  vars: Readonly<Record<string, unknown>>;
  /** Further names that the SQL may use. */
  values?: Readonly<Record<string, unknown>>;
}): SqlTemplate {
  const { name, sql, macros, values = {} } = options;
  const refs = new Set<string>();
  const sources = new Map<string, SourceTableRef>();
  let config: Record<string, unknown> = {};

  function compile({ ref, source }: Resolve, ownVars: Readonly<Record<string, unknown>> = {}): string {
    const vars = { ...options.vars, ...ownVars };
    const context = {
      ref,
      source,
      config: (given: Readonly<Record<string, unknown>>) => {
        config = { ...config, ...given };
        return '';
      },
      var: (variable: string, fallback?: unknown) => {
        const value = vars[variable] ?? fallback;
        if (value !== undefined) return value;
        throw invalid(`${name}: var '${variable}' is neither set in dbt_project.yml nor has a default`);
      },
    };
    try {
      return render({ sql, macros, context, values });
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      throw invalid(`${name}: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  }

  compile({
    ref: (model) => {
      refs.add(model);
      return model;
    },
    source: (source, table) => {
      sources.set(sourceKey({ source, table }), { source, table });
      return table;
    },
  });
  return { refs: [...refs], sources: [...sources.values()], config, compile };
}

function invalid(detail: string, cause?: unknown): MillraceError {
  return new MillraceError(MODEL_ERRORS.projectInvalid, detail, { cause });
}
