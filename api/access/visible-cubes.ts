import type { Cube } from '../../warehouse/models/cubes/cube.ts';
import { currentCall } from './caller.ts';
import { covers } from './scopes.ts';

/** The cubes that whoever asks now can ask something of: that a scope covers, and that have the columns of the row filters. */
export function visibleCubes(cubes: readonly Cube[]): readonly Cube[] {
  const caller = currentCall()?.caller;
  if (caller == null) return cubes;
  return cubes.filter(
    ({ name, dimensions }) =>
      covers(caller.scopes, { scope: `cubes/${name}` }) &&
      Object.keys(caller.filters).every((column) =>
        dimensions.some((dimension) => dimension.attribute === null && dimension.name === column),
      ),
  );
}
