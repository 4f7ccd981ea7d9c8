import type { Maintenance } from './maintenance.ts';

/** A table of a source as the models name it: `source.table`. */
export interface SourceTableRef {
  readonly source: string;
  readonly table: string;
}

/** One SQL file, or one snapshot of a YAML file. */
export interface Model {
  readonly name: string;
  /** Of its file within the project's folder, with slashes. */
  readonly path: string;
  /** The file as it was written; of a snapshot what it begins with. */
  readonly sql: string;
  /** First folder below `models`: staging, dimensions, facts, cubes, views; or snapshots. */
  readonly layer: string;
  /** Views are read through; tables and snapshots are kept. */
  readonly materialized: 'view' | 'table' | 'snapshot';
  /** Database of a view; tables and snapshots are shown in `marts`. */
  readonly schema: string;
  readonly uniqueKey: readonly string[];
  /** Null for views. */
  readonly maintenance: Maintenance | null;
  /** Models and source tables that the SQL names, in order of first use. */
  readonly refs: readonly string[];
  readonly sources: readonly SourceTableRef[];
  readonly description: string;
  /** Everything that `config(...)` was given. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The SQL with its references put in by the caller. `vars` take the place of the project's. */
  compile(resolve: Resolve, vars?: Readonly<Record<string, unknown>>): string;
}

/** What is known of a model's table without the folder. */
export type TableDefinition = Pick<Model, 'name' | 'uniqueKey' | 'maintenance' | 'description'>;

/** Gives the table expression for a reference. */
export interface Resolve {
  ref(model: string): string;
  source(source: string, table: string): string;
}

export interface Project {
  readonly name: string;
  /** In an order in which each model comes after what it refers to. */
  readonly models: readonly Model[];
  readonly byName: ReadonlyMap<string, Model>;
  /** Jinja text of all macros, to stand in front of a template. */
  readonly macros: string;
  readonly vars: Readonly<Record<string, unknown>>;
  /** Folders of models, snapshots and tests, relative to the project's. */
  readonly modelPaths: readonly string[];
  readonly snapshotPaths: readonly string[];
  readonly testPaths: readonly string[];
  /** Settings of all data tests, as `dbt_project.yml` has them. */
  readonly testDefaults: Readonly<Record<string, unknown>>;
  /** Changes when anything that decides about a table's content does. */
  readonly hash: string;
}

export function sourceKey(ref: SourceTableRef): string {
  return `${ref.source}.${ref.table}`;
}
