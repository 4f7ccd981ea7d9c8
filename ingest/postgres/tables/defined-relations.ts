import type { Relation } from '../../../changelog/change.ts';
import type { SourceLog } from '../../../changelog/change-log.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { shapeOf } from './catalog.ts';
import type { TableLifecycle } from './table-lifecycle.ts';

/** In which shape the log knows each table, and which build of it has begun in this process. Tables go by their names. */
export class DefinedRelations {
  readonly #log: Pick<SourceLog, 'defineRelation'>;
  readonly #lifecycle: Pick<TableLifecycle, 'fail'>;
  readonly #defined = new Map<string, { readonly shape: string; readonly relation: Relation }>();
  /** One table's shapes are told in order, different tables side by side. */
  readonly #defining = new Map<string, Promise<unknown>>();
  /** The build that the log has begun: rows of its shape go there. */
  readonly #begun = new Map<string, string>();

  constructor(options: { log: Pick<SourceLog, 'defineRelation'>; lifecycle: Pick<TableLifecycle, 'fail'> }) {
    this.#log = options.log;
    this.#lifecycle = options.lifecycle;
  }

  /** What the log was told last, where it has the shape of a relation. */
  ofShape(name: string, relation: Relation): Relation | null {
    const last = this.#defined.get(name);
    return last?.shape === shapeOf(relation) ? last.relation : null;
  }

  /** Tells the log of a shape unless it is the one it was told last. Null when the table cannot go on in it. */
  define(name: string, relation: Relation): Promise<Relation | null> {
    const defined = (this.#defining.get(name) ?? Promise.resolve()).then(async () => {
      const last = this.ofShape(name, relation);
      if (last !== null) return last;
      const begun = this.#begun.get(name);
      try {
        await this.#log.defineRelation(relation);
      } catch (error) {
        if (!(error instanceof TableFailure)) throw error;
        await this.#lifecycle.fail(name, error);
        return null;
      }
      // A build that began meanwhile has a relation of its own, and its chunks need that one.
      if (this.#begun.get(name) === begun) this.#put(name, relation);
      return relation;
    });
    this.#defining.set(
      name,
      defined.catch(() => {}),
    );
    return defined;
  }

  isBegun(name: string, buildId: string): boolean {
    return this.#begun.get(name) === buildId;
  }

  /** The log has begun the build: rows of this relation's shape go to it. */
  begin(name: string, buildId: string, relation: Relation): void {
    this.#begun.set(name, buildId);
    this.#put(name, relation);
  }

  #put(name: string, relation: Relation): void {
    this.#defined.set(name, { shape: shapeOf(relation), relation });
  }
}
