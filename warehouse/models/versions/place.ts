import { externalName, inputNames, type Plan } from '../plan.ts';
import type { Model, TableDefinition } from '../project/project.ts';
import type { PlacedTable } from './placed-table.ts';

/** A model of a plan that is about to get its table. */
export interface Placing {
  readonly model: Model;
  /** Models that it reads; they come before it. */
  readonly models: readonly string[];
  /** `idOf` gives the table in `store` that stands for a model. */
  place(id: string, idOf: (model: string) => string): PlacedTable;
}

/** The tables of a plan, each after what it reads. `sourceIds`: of source tables, by `source.table`. */
export function placings(plan: Plan, sourceIds: ReadonlyMap<string, string>): Placing[] {
  const sourceOf = (name: string) => sourceIds.get(name) ?? name;
  const nameWith = (idOf: (model: string) => string) => (read: string) =>
    plan.sources.has(read) ? sourceOf(read) : idOf(read);
  return [
    ...plan.static.map((model) => ({
      model,
      models: [],
      place: (id: string) => ({
        strategy: 'static' as const,
        id,
        model: definitionOf(model),
        sql: model.compile({ ref: (name) => name, source: (_source, table) => table }),
      }),
    })),
    ...plan.byKey.map((planned) => ({
      model: planned.model,
      models: [...inputNames(planned)].filter((name) => !plan.sources.has(name)),
      place: (id: string, idOf: (model: string) => string) => {
        const nameOf = nameWith(idOf);
        return {
          strategy: 'by_key' as const,
          id,
          model: definitionOf(planned.model),
          key: planned.maintenance.key,
          inputs: planned.inputs.map(({ name, column }) => ({ name: nameOf(name), column })),
          lookups: planned.maintenance.lookups.map((lookup) => ({
            ...lookup,
            table: nameOf(lookup.table),
            from: nameOf(lookup.from),
          })),
          members: planned.maintenance.members,
          sources: [...inputNames(planned)].flatMap((name) => {
            const ref = plan.sources.get(name);
            return ref === undefined ? [] : [{ ...ref, id: sourceOf(name) }];
          }),
          sql: planned.sqlOver((name) => externalName(nameOf(name))),
        };
      },
    })),
    ...plan.additive.map(({ model, maintenance, sqlOver }) => ({
      model,
      models: [maintenance.input],
      place: (id: string, idOf: (model: string) => string) => ({
        strategy: 'additive' as const,
        id,
        model: definitionOf(model),
        input: idOf(maintenance.input),
        sql: sqlOver((name) => externalName(idOf(name))),
      }),
    })),
  ];
}

function definitionOf({ name, uniqueKey, maintenance, description }: Model): TableDefinition {
  return { name, uniqueKey, maintenance, description };
}
