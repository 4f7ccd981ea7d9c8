import type { ChangeLog } from '../change-log.ts';
import type { Destination } from '../destination.ts';
import { DIRECT_LIMITS, type DirectLimits } from './direct-limits.ts';
import { createDirectSourceLog, type DirectSourceLog } from './direct-source-log.ts';
import { createSnapshotBudget } from './snapshot-budget.ts';

/**
 * The change log without a broker: the source's slot is the log, and a position is confirmed once the destination
 * has everything before it on disk. Rows are encoded as they arrive and written in batches, one batch at a time.
 */
export function createDirectChangeLog(options: { destination: Destination; limits?: DirectLimits }): ChangeLog {
  const { destination, limits = DIRECT_LIMITS } = options;
  const sources = new Map<string, DirectSourceLog>();
  const budget = createSnapshotBudget(limits.maxSnapshotBytes);
  let closing: Promise<void> | null = null;

  return {
    async openSource(source) {
      // What the former one fails with was told to whoever used it.
      await sources
        .get(source)
        ?.drain()
        .catch(() => {});
      const log = createDirectSourceLog({ destination: await destination.openSource(source), limits, budget });
      sources.set(source, log);
      return log;
    },
    close() {
      closing ??= Promise.allSettled([...sources.values()].map((source) => source.drain())).then(() =>
        destination.close(),
      );
      return closing;
    },
  };
}
