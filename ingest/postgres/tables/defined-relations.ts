import type { Relation } from '../../../changelog/change.ts';
import type { SourceLog, TableBuild } from '../../../changelog/change-log.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { createTurns } from '../../../runtime/turns.ts';
import { shapeOf } from './catalog.ts';
import type { TableLifecycle } from './table-lifecycle.ts';

/** In which shape the log knows each table, and which build of it has begun in this process. Tables go by their names. */
export class DefinedRelations {
  readonly #log: Pick<SourceLog, 'defineRelation' | 'rebuild'>;
  readonly #lifecycle: Pick<TableLifecycle, 'fail'>;
  readonly #defined = new Map<string, { readonly shape: string; readonly relation: Relation }>();
  /** One table's shapes and builds are told in order: the log goes by what it was told last. */
  readonly #telling = createTurns();
  /** The build that the log has begun: rows of its shape go there. */
  readonly #begun = new Map<string, string>();

  constructor(options: {
    log: Pick<SourceLog, 'defineRelation' | 'rebuild'>;
    lifecycle: Pick<TableLifecycle, 'fail'>;
  }) {
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
    return this.#telling.run(name, async () => {
      const last = this.ofShape(name, relation);
      if (last !== null) return last;
      try {
        await this.#log.defineRelation(relation);
      } catch (error) {
        if (!(error instanceof TableFailure)) throw error;
        await this.#lifecycle.fail(name, error);
        return null;
      }
      this.#put(name, relation);
      return relation;
    });
  }

  /** Resolves when the log is being told nothing about the table: what is asked for then is told next. */
  settled(name: string): Promise<void> {
    return this.#telling.settled(name);
  }

  isBegun(name: string, buildId: string): boolean {
    return this.#begun.get(name) === buildId;
  }

  /** Lets the log begin the build: rows of this relation's shape go to it from here on. Rejects as `SourceLog.rebuild`. */
  begin(name: string, relation: Relation, build: TableBuild): Promise<void> {
    return this.#telling.run(name, async () => {
      await this.#log.rebuild(relation, build);
      this.#begun.set(name, build.id);
      this.#put(name, relation);
    });
  }

  #put(name: string, relation: Relation): void {
    this.#defined.set(name, { shape: shapeOf(relation), relation });
  }
}
