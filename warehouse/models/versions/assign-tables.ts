import type { Plan } from '../plan.ts';
import type { TableVersion } from './deployment.ts';
import { placings } from './place.ts';
import { readsOf } from './placed-table.ts';

/**
 * The versions that a plan asks for. A table that is there with the same hash, and reads the same tables, is taken;
 * every other model gets a new one.
 */
export function assignTables(options: {
  plan: Plan;
  hashes: ReadonlyMap<string, string>;
  /** Tables that there are, and that are whole. */
  existing: readonly TableVersion[];
  /** Of source tables, by `source.table`. */
  sourceIds: ReadonlyMap<string, string>;
  newId: (model: string) => string;
}): TableVersion[] {
  const { plan, hashes, existing, sourceIds, newId } = options;
  const ids = new Map<string, string>();
  return placings(plan, sourceIds).map(({ model, models, place }) => {
    const hash = hashes.get(model.name) as string;
    const same = existing.find(
      (version) =>
        version.placed.model.name === model.name &&
        version.hash === hash &&
        models.every((name) => readsOf(version.placed).has(ids.get(name) as string)),
    );
    const id = same?.placed.id ?? newId(model.name);
    ids.set(model.name, id);
    return { placed: place(id, (name) => ids.get(name) as string), hash };
  });
}
