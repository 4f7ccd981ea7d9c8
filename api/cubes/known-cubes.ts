import type { Cube } from '../../warehouse/models/cubes/cube.ts';
import { cubesOf, RECORDED_CUBES } from '../../warehouse/models/cubes/recorded-cubes.ts';
import { asSystem } from '../access/caller.ts';
import type { WarehouseReader } from '../warehouse-reader.ts';

/** Models are exchanged seldom: what was read is taken for known so long, and so long again while it is read anew. */
const KEPT_MS = 1_000;
const KEPT_WHILE_READING_MS = 3_000;

/** All cubes that are recorded, whoever asks: which of their columns there are, and nothing of their rows. */
export interface KnownCubes {
  /** Throws what the warehouse refuses. */
  read(): Promise<readonly Cube[]>;
}

export function createKnownCubes(reader: WarehouseReader): KnownCubes {
  let known: readonly Cube[] | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<readonly Cube[]> | null = null;

  async function readNow(): Promise<readonly Cube[]> {
    const beganMs = performance.now();
    // For all who ask meanwhile: it does not end with whoever came first.
    const { signal } = new AbortController();
    const [row] = await asSystem(() =>
      reader.forRequest(signal).rows({ name: 'cubes', sql: RECORDED_CUBES, parameters: {} }),
    );
    known = cubesOf(row?.cubes ?? '[]');
    readAtMs = beganMs;
    return known;
  }

  return {
    async read() {
      const ageMs = performance.now() - readAtMs;
      if (known !== null && ageMs < KEPT_MS) return known;
      reading ??= readNow().finally(() => {
        reading = null;
      });
      if (known === null || ageMs > KEPT_WHILE_READING_MS) return reading;
      reading.catch(() => {}); // whoever asks when it is too old is told
      return known;
    },
  };
}
