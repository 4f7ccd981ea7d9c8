import { nearest } from '../../runtime/config/nearest.ts';
import type { Cube } from '../../warehouse/models/cubes/cube.ts';
import { cubesOf, RECORDED_CUBES } from '../../warehouse/models/cubes/recorded-cubes.ts';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import type { RequestReader } from '../warehouse-reader.ts';

export interface CubeCatalogue {
  all(reader: RequestReader): Promise<readonly Cube[]>;
  /** Throws API_CUBE_UNKNOWN. */
  one(reader: RequestReader, name: string): Promise<Cube>;
}

/** Models are exchanged seldom: whoever asks in the same second is told what the one before was. */
const KEPT_MS = 1_000;

/** The cubes that readers see. */
export function createCubeCatalogue(): CubeCatalogue {
  let known: readonly Cube[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;

  async function all(reader: RequestReader): Promise<readonly Cube[]> {
    if (performance.now() - readAtMs < KEPT_MS) return known;
    const [row] = await reader.rows({ name: 'cubes', sql: RECORDED_CUBES, parameters: {} });
    known = row === undefined ? [] : cubesOf(row.cubes ?? '[]');
    readAtMs = performance.now();
    return known;
  }

  return {
    all,
    async one(reader, name) {
      const cubes = await all(reader);
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
