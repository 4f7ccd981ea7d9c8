import type { Resolve, SourceTableRef } from '../project/project.ts';
import type { TestConfig } from './test-config.ts';

/** What a test is attached to: a model, or a table of a source. */
export type TestSubject = { readonly model: string } | SourceTableRef;

/** A query whose rows are what should not be. */
export interface DataTest {
  /** The same as dbt gives it. */
  readonly name: string;
  readonly kind: 'generic' | 'singular';
  readonly description: string;
  /** The file that declares it, below the folder of models. */
  readonly file: string;
  /** Null for a singular test. */
  readonly subject: TestSubject | null;
  /** Null where the test is no column's. */
  readonly column: string | null;
  readonly config: TestConfig;
  /** Everything that it reads. */
  readonly refs: readonly string[];
  readonly sources: readonly SourceTableRef[];
  compile(resolve: Resolve): string;
}

/** `sales_fact`, or `order.orders`. */
export function subjectName(subject: TestSubject): string {
  return 'model' in subject ? subject.model : `${subject.source}.${subject.table}`;
}
