import type { Model } from '../project/project.ts';

/** A model's SQL over rows that are given, and the rows that it has to give. */
export interface UnitTest {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly model: Model;
  /** By the model's own inputs: names of models, `source.table`. Every one of them. */
  readonly given: ReadonlyMap<string, Fixture>;
  readonly expect: Fixture;
  /** Instead of the project's. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
}

/** Rows as they are written down. */
export type Fixture =
  | { readonly format: 'dict'; readonly rows: readonly Readonly<Record<string, unknown>>[] }
  /** The first line names the columns. */
  | { readonly format: 'csv'; readonly text: string }
  /** A SELECT. */
  | { readonly format: 'sql'; readonly text: string };
