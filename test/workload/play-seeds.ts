import { runSeed, type SeedResult } from './run-seed.ts';
import type { Stage } from './stage.ts';

/** `MILLRACE_SEED` plays one seed again; with `MILLRACE_CONNECTIONS=1` its statements come in the same order each time. */
export const GIVEN_SEED = process.env.MILLRACE_SEED;
/** Shown of each process of a seed that failed. */
const LOG_LINES = 30;
const CONNECTIONS = Number(process.env.MILLRACE_CONNECTIONS ?? 3);

export interface Seeds {
  readonly first: number;
  readonly last: number;
}

/** So many fresh seeds (or as many as `MILLRACE_SEEDS` says), or the one that is given. */
export function freshSeeds(count: number): Seeds {
  if (GIVEN_SEED !== undefined) return { first: Number(GIVEN_SEED), last: Number(GIVEN_SEED) };
  const first = Date.now() % 1_000_000_000;
  return { first, last: first + Number(process.env.MILLRACE_SEEDS ?? count) - 1 };
}

/** Plays seeds, so many at once; answers what failed, for whoever looks for the reason: empty when all is equal. */
export async function playSeeds(stage: Stage, { first, last }: Seeds, atOnce: number): Promise<string> {
  const failed: string[] = [];
  let next = first;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next <= last) {
        const result = await runSeed({ stage, seed: next++, connections: CONNECTIONS });
        if (result.differences.length > 0) failed.push(failureOf(result));
      }
    }),
  );
  return failed.join('\n\n');
}

function failureOf({ seed, differences, story, logs }: SeedResult): string {
  const ends = logs.flatMap((log) => log.trimEnd().split('\n').slice(-LOG_LINES));
  // The end of a long report is what is always shown of it.
  return [`MILLRACE_SEED=${seed}`, ...ends, ...story, ...differences].join('\n');
}
