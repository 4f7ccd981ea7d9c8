import { createHash } from 'node:crypto';
import type { ReplicaShape } from '../maintain/read-replicas.ts';
import { externalName, inputNames, type Plan } from '../plan.ts';

/** Replicas that hold what models read, by `source.table`. */
type Replicas = ReadonlyMap<string, ReplicaShape>;

/**
 * A hash per table of the plan: of its SQL, how it is maintained, and the same of everything that it reads. Two versions
 * of a model with one hash have the same rows; a description changes none.
 */
export function tableHashes(plan: Plan, replicas: Replicas): Map<string, string> {
  const hashes = new Map<string, string>();
  const readHash = (name: string) => hashes.get(name) ?? shapeHash(replicas.get(name));
  for (const model of plan.static) {
    const sql = model.compile({ ref: (name) => name, source: (_source, table) => table });
    hashes.set(model.name, hashOf([sql, model.uniqueKey, model.maintenance]));
  }
  for (const planned of plan.byKey) {
    const { model, maintenance } = planned;
    const reads = [...inputNames(planned)].sort().map((name) => [name, readHash(name)]);
    hashes.set(model.name, hashOf([planned.sqlOver(externalName), model.uniqueKey, maintenance, reads]));
  }
  for (const { model, maintenance, sqlOver } of plan.additive) {
    const reads = readHash(maintenance.input);
    hashes.set(model.name, hashOf([sqlOver(externalName), model.uniqueKey, maintenance, reads]));
  }
  return hashes;
}

/** Of what rows of a source table look like. */
export function shapeHash(shape: ReplicaShape | undefined): string {
  return hashOf(shape === undefined ? null : [shape.replica, shape.key, shape.columns]);
}

function hashOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}
