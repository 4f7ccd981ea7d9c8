import type { WalBudget } from './postgres/slot/wal-budget.ts';

export type CapturePhase = 'connecting' | 'snapshotting' | 'streaming' | 'retrying' | 'failed' | 'stopped';
export type TablePhase = 'waiting' | 'snapshotting' | 'streaming' | 'paused' | 'quarantined' | 'resyncing' | 'excluded';

export interface TableProgress {
  /** `schema.table`. */
  readonly name: string;
  readonly phase: TablePhase;
  /** Why it is not plainly streaming: a code of the catalogue, what was found, and what to do. */
  readonly code: string | null;
  readonly detail: string | null;
  readonly remedy: string | null;
  /** Since when it is paused, quarantined or built anew, ISO 8601; null else. */
  readonly since: string | null;
  /** Durable rows of the copy and their bytes as COPY's text; of a complete one as long as this process remembers. */
  readonly snapshotRows: number;
  readonly snapshotBytes: number;
  /** Share of the snapshot that is durable, 0 to 1. */
  readonly snapshotDone: number;
  /** Of the last minute; null unless it is being copied. */
  readonly snapshotRowsPerSecond: number | null;
  readonly snapshotBytesPerSecond: number | null;
  /** At that rate; null while nothing is known about it. */
  readonly snapshotSecondsLeft: number | null;
}

/** The tables that are being copied, together. */
export interface SnapshotProgress {
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  /** Share of their blocks that is durable, 0 to 1. */
  readonly done: number;
  readonly rowsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
  /** Why the snapshot steps back: active sessions, a standby's delay, the stream's own; null when it does not. */
  readonly busy: 'sessions' | 'standby' | 'stream' | null;
}

/** A view of one source's capture at this moment. LSNs are 0n until they are known. */
export interface CaptureProgress {
  readonly source: string;
  readonly state: CapturePhase;
  /** Everything before it was handed over to the log. */
  readonly receivedLsn: bigint;
  readonly durableLsn: bigint;
  /** Confirmed to the slot. */
  readonly confirmedLsn: bigint;
  /** The server's WAL end, as it was last told. */
  readonly headLsn: bigint;
  /** WAL that the server keeps for the slot, and how long it can; null until it was looked at. */
  readonly wal: WalBudget | null;
  /** Unix microseconds of the last commit handed over; 0n before the first. */
  readonly lastCommitMicros: bigint;
  readonly rows: {
    readonly inserts: number;
    readonly updates: number;
    readonly deletes: number;
    readonly truncates: number;
    readonly skipped: number;
    readonly snapshot: number;
    readonly snapshotBytes: number;
  };
  readonly transactions: number;
  readonly reconnects: number;
  readonly tables: readonly TableProgress[];
  /** Null while nothing is copied. */
  readonly snapshot: SnapshotProgress | null;
  readonly lastError: { readonly code: string; readonly message: string; readonly remedy: string } | null;
}
