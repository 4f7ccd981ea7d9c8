import type { LoadedPosition } from '../load/positions/loaded-position.ts';

/** Which shapes of the replicas the models stand on: equal as long as no replica got another one. */
export type ReplicaShapes = string;

export function replicaShapesOf(positions: readonly LoadedPosition[]): ReplicaShapes {
  return JSON.stringify(positions.filter(({ shape }) => shape !== '0').map(({ source, shape }) => [source, shape]));
}

/** A replica got another shape while the models were kept up to date: they have to be opened, and built, anew. */
export class ReplicasChanged extends Error {
  constructor() {
    super('a replica got another shape');
    this.name = 'ReplicasChanged';
  }
}

/** A verification found rows that are not what the models' SQL gives: they are opened anew, and those models built. */
export class RebuildAsked extends Error {
  constructor() {
    super('a verification asks for models to be built anew');
    this.name = 'RebuildAsked';
  }
}
