import type { ChangeLog } from '../change-log.ts';
import type { Destination } from '../destination.ts';
import type { Rounds } from '../rounds.ts';
import { createSourceLogs } from '../source-logs.ts';
import { DIRECT_LIMITS, type DirectLimits } from './direct-limits.ts';
import { createDirectSourceLog, type DirectSourceLog } from './direct-source-log.ts';
import { createSnapshotBudget } from './snapshot-budget.ts';

/**
 * The change log without a broker: the source's slot is the log, and a position is confirmed once the destination
 * has everything before it on disk. Rows are encoded as they arrive and written in batches, one batch at a time.
 */
export function createDirectChangeLog(options: {
  destination: Destination;
  limits?: DirectLimits;
  /** Given where somebody follows what is loaded, and says so. */
  rounds?: Rounds | null;
}): ChangeLog {
  const { destination, limits = DIRECT_LIMITS, rounds = null } = options;
  const sources = createSourceLogs<DirectSourceLog>(() => destination.close());
  const budget = createSnapshotBudget(limits.maxSnapshotBytes);

  return {
    openSource: (source, signal) =>
      sources.open(source, async () =>
        createDirectSourceLog({ destination: await destination.openSource(source, signal), limits, budget, rounds }),
      ),
    close: () => sources.close(),
  };
}
