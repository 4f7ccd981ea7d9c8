import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';
import { runSeed, type SeedResult } from './run-seed.ts';
import { openStage } from './stage.ts';

export interface FoundMutant {
  readonly seed: number;
  /** The checks that found it. */
  readonly checks: readonly string[];
}

/** Plays the mutant's seeds with it in the engine's place; null when none of them finds it. */
export async function findMutant(mutant: Mutant): Promise<FoundMutant | null> {
  const stage = await openStage({ mutant: mutant.name });
  try {
    for (const seed of mutant.seeds) {
      const result = await runSeed({ stage, seed });
      if (result.found.length > 0) return { seed, checks: checksOf(result) };
      // Built anew: the next seed begins as the first one did.
      await stage.modeller.kill();
      await rm(join(stage.warehouse.config.stateFolder, 'models'), { recursive: true, force: true });
    }
    return null;
  } finally {
    await stage.stop();
  }
}

/** That the models could not go on at all is a finding too, but by no check. */
function checksOf({ found }: SeedResult): string[] {
  return found.map(({ check, differences }) =>
    check === 'goes on' ? `${check}: ${differences[0]?.split('\n')[0]}` : check,
  );
}
