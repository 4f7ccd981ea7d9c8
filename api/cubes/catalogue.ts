import { nearest } from '../../runtime/config/nearest.ts';
import type { Cube } from '../../warehouse/models/cubes/cube.ts';
import { visibleCubes } from '../access/visible-cubes.ts';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import type { KnownCubes } from './known-cubes.ts';

export interface CubeCatalogue {
  all(): Promise<readonly Cube[]>;
  /** Throws API_CUBE_UNKNOWN. */
  one(name: string): Promise<Cube>;
}

/** The cubes that readers see, and that whoever asks now may. */
export function createCubeCatalogue(known: KnownCubes): CubeCatalogue {
  const all = async (): Promise<readonly Cube[]> => visibleCubes(await known.read());

  return {
    all,
    async one(name) {
      const cubes = await all();
      const cube = cubes.find((each) => each.name === name);
      if (cube !== undefined) return cube;
      const meant = nearest(
        name,
        cubes.map((each) => each.name),
      );
      throw new ApiError(
        API_ERRORS.cubeUnknown,
        `no cube has that name${meant === null ? '' : `; did you mean ${meant}?`}`,
      );
    },
  };
}
