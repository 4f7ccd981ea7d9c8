import type { SourceLog } from '../../changelog/change-log.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { CapturePhase } from '../progress.ts';
import type { WalBudget } from './slot/wal-budget.ts';
import type { SnapshotMeter } from './snapshot/snapshot-meter.ts';
import type { DecodedCounts } from './stream/pgoutput-decoder.ts';
import type { TransactionCursor } from './stream/transaction-cursor.ts';
import type { CaptureMemory } from './tables/capture-memory.ts';
import type { LockedTables } from './tables/locked-tables.ts';
import type { TableLifecycle } from './tables/table-lifecycle.ts';
import type { TableRegistry } from './tables/table-registry.ts';
import type { CaptureTiming } from './timing.ts';

/** What outlives a connection. */
export interface CaptureContext {
  readonly source: SourceConfig;
  readonly log: SourceLog;
  readonly memory: CaptureMemory;
  readonly registry: TableRegistry;
  readonly lifecycle: TableLifecycle;
  readonly cursor: TransactionCursor;
  readonly counts: DecodedCounts;
  readonly snapshotMeter: SnapshotMeter;
  readonly timing: CaptureTiming;
  readonly logger: Logger;
  /** Positions and phase, for whoever watches. */
  readonly view: { phase: CapturePhase; headLsn: bigint; confirmedLsn: bigint; wal: WalBudget | null };
  /** Backend that streamed last, for this process; null before the first. */
  readonly walsender: { pid: number | null };
  readonly lockedTables: LockedTables;
  /** The stream has started: the attempt before counts as a success. */
  readonly onStreaming: () => void;
}
