import type { CaptureTiming } from '../../ingest/postgres/timing.ts';
import type { KafkaConfig, WarehouseConfig } from '../../runtime/config/config.ts';
import { keepProcess, type ProcessStart, type ProcessUnderTest } from './process-under-test.ts';

export interface IngestStart extends ProcessStart {
  readonly source: string;
  readonly url: string;
  readonly warehouse: WarehouseConfig;
  /** It publishes, and is one of the loaders; left out: the direct log. */
  readonly kafka?: KafkaConfig;
  readonly timing: Partial<CaptureTiming>;
  readonly snapshotConnections: number;
  readonly flaw?: string;
}

/** A line for the process: what to do, and the table (`schema.table`) or failpoint. */
export type IngestCommand = `${'pause' | 'resume' | 'resync' | 'arm'} ${string}` | 'resync-source';

/** Ingest of one source. */
export type IngestUnderTest = ProcessUnderTest<IngestCommand>;

export function startIngest(start: IngestStart): IngestUnderTest {
  return keepProcess('ingest-process.ts', start);
}
