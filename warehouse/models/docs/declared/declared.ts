/** What the YAML files and tests of a project say beside its SQL: read for its pages, decides about nothing. */
export interface Declared {
  /** By model name. */
  readonly models: ReadonlyMap<string, DeclaredRelation>;
  /** By `source.table`. */
  readonly tables: ReadonlyMap<string, DeclaredRelation>;
  /** Descriptions of sources, by name. */
  readonly sources: ReadonlyMap<string, string>;
  /** README.md of the folder; empty when there is none. */
  readonly readme: string;
}

export interface DeclaredRelation {
  readonly description: string;
  readonly columns: readonly DeclaredColumn[];
  /** Tests of the whole relation, also those that are files of their own. */
  readonly tests: readonly DeclaredTest[];
}

export interface DeclaredColumn {
  readonly name: string;
  readonly description: string;
  /** What `data_type` says; null when it says nothing. */
  readonly dataType: string | null;
  readonly tests: readonly DeclaredTest[];
}

export interface DeclaredTest {
  /** `unique`, `accepted_values`, the name of a unit test or of a test's file. */
  readonly name: string;
  readonly kind: 'data' | 'unit' | 'file';
  /** Arguments as one line of YAML's flow style; empty without any. */
  readonly detail: string;
  readonly description: string;
}
