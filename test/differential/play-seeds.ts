import { runSeed, type SeedResult } from './run-seed.ts';
import type { Stage } from './stage.ts';

export interface Played {
  /** What failed, for whoever looks for the reason. */
  readonly failed: readonly string[];
  /** How often each thing happened. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Plays seeds, one at a time on each stage. A stage on which one failed is not used any further. */
export async function playSeeds(options: {
  stages: readonly Stage[];
  first: number;
  last: number;
  rounds: number;
}): Promise<Played> {
  const { stages, first, last, rounds } = options;
  const failed: string[] = [];
  const counts = new Map<string, number>();
  let next = first;
  await Promise.all(
    stages.map(async (stage) => {
      while (next <= last) {
        const result = await runSeed({ stage, seed: next++, rounds });
        addCounts(counts, result.counts);
        if (result.found.length === 0) continue;
        failed.push(textOf(result));
        return;
      }
    }),
  );
  return { failed, counts };
}

export function addCounts(counts: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [what, times] of more) counts.set(what, (counts.get(what) ?? 0) + times);
}

export function textOf({ seed, story, found }: SeedResult): string {
  const differences = found.flatMap(({ check, differences }) => [check, ...differences.map((line) => `  ${line}`)]);
  return [`MILLRACE_SEED=${seed}`, ...story.map((what) => `  ${what}`), ...differences].join('\n');
}
