/** What the YAML files beside the models say, as far as tests, contracts and freshness go; keys are dbt's. */
export interface Properties {
  /** Snapshots among them. */
  readonly models: readonly ModelProperties[];
  readonly sources: readonly SourceProperties[];
  readonly unitTests: readonly UnitTestProperties[];
  /** Descriptions and settings of singular tests. */
  readonly singularTests: readonly SingularTestProperties[];
}

/** Where a declaration stands: the file, below the folder of models. */
interface Declared {
  readonly file: string;
}

export interface ModelProperties extends Declared {
  readonly name: string;
  readonly description?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly columns: readonly ColumnProperties[];
  readonly constraints: readonly Constraint[];
  readonly tests: readonly TestDeclaration[];
}

export interface ColumnProperties {
  readonly name: string;
  readonly description?: string;
  readonly data_type?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly constraints: readonly Constraint[];
  readonly tests: readonly TestDeclaration[];
}

export interface Constraint {
  readonly type: string;
  /** Of a model's constraint. */
  readonly columns?: readonly string[];
}

/** A test's name, `{name: arguments}`, or `{test_name, ...}`. */
export type TestDeclaration = string | Readonly<Record<string, unknown>>;

export interface SourceProperties extends Declared {
  readonly name: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly freshness?: FreshnessProperties | null;
  readonly loaded_at_field?: string;
  readonly loaded_at_query?: string;
  readonly tables: readonly SourceTableProperties[];
}

export interface SourceTableProperties {
  readonly name: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly freshness?: FreshnessProperties | null;
  readonly loaded_at_field?: string;
  readonly loaded_at_query?: string;
  readonly columns: readonly ColumnProperties[];
  readonly tests: readonly TestDeclaration[];
}

export interface FreshnessProperties {
  readonly warn_after?: FreshnessLimit | null;
  readonly error_after?: FreshnessLimit | null;
  readonly filter?: string;
}

export interface FreshnessLimit {
  readonly count: number;
  readonly period: 'minute' | 'hour' | 'day';
}

export interface UnitTestProperties extends Declared {
  readonly name: string;
  readonly description?: string;
  readonly model: string;
  readonly given: readonly (FixtureProperties & { readonly input: string })[];
  readonly expect: FixtureProperties;
  readonly overrides?: { readonly vars?: Readonly<Record<string, unknown>> };
  readonly config?: { readonly enabled?: boolean; readonly tags?: string | readonly string[] };
}

export interface FixtureProperties {
  readonly format?: 'dict' | 'csv' | 'sql';
  /** Rows by column for dict, text for csv and sql. */
  readonly rows?: readonly Readonly<Record<string, unknown>>[] | string | null;
  /** A file of `fixtures` below the folder of tests, without its ending. */
  readonly fixture?: string;
}

export interface SingularTestProperties extends Declared {
  readonly name: string;
  readonly description?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}
