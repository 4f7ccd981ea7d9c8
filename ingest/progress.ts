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
  readonly snapshotRows: number;
  /** Share of the snapshot that is durable, 0 to 1. */
  readonly snapshotDone: number;
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
  /** Unix microseconds of the last commit handed over; 0n before the first. */
  readonly lastCommitMicros: bigint;
  readonly rows: {
    readonly inserts: number;
    readonly updates: number;
    readonly deletes: number;
    readonly truncates: number;
    readonly skipped: number;
    readonly snapshot: number;
  };
  readonly transactions: number;
  readonly reconnects: number;
  readonly tables: readonly TableProgress[];
  readonly lastError: { readonly code: string; readonly message: string; readonly remedy: string } | null;
}
