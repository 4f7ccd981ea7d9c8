import type { ClickHouseClient } from '@clickhouse/client';
import type { Registry } from 'prom-client';
import type { ChangeLog } from '../../changelog/change-log.ts';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import type { Rounds } from '../../changelog/rounds.ts';
import { aborted } from '../../runtime/abortable.ts';
import type { Config } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Tracing } from '../../runtime/tracing/tracing.ts';
import { createWarehouseDestination } from '../../warehouse/load/destination.ts';
import type { LoadedPosition } from '../../warehouse/load/positions/loaded-position.ts';
import type { Journal } from '../../warehouse/load/replicas/replica-registry.ts';

export interface LogOptions {
  readonly config: Config;
  readonly client: ClickHouseClient;
  /** Whose changes are kept for the models. */
  readonly journal: Journal;
  /** Called with each position of a source that its replicas have reached, when it is on disk. */
  readonly onLoaded: (position: LoadedPosition) => void;
  /** Null when nobody computes from what is loaded. */
  readonly rounds: Rounds | null;
  /** Where the log shows what it does. */
  readonly metrics?: Registry;
  /** Null: traces are sent nowhere. */
  readonly tracing?: Tracing | null;
  readonly logger: Logger;
  /** Ends the loading; what is in a broker is loaded when it runs again. */
  readonly signal: AbortSignal;
}

export interface OpenedLog {
  readonly log: ChangeLog;
  /** Resolves when the loading has ended; rejects with what it fails with for good. */
  readonly loading: Promise<void>;
}

/** The log that the configuration names, with what loads from it. */
export async function openLog(options: LogOptions): Promise<OpenedLog> {
  const { config, rounds, signal } = options;
  if (config.log === 'direct') {
    return {
      log: createDirectChangeLog({ destination: createWarehouseDestination(options), rounds }),
      loading: aborted(signal),
    };
  }
  // Its client library costs memory, which who needs no broker does not pay.
  const { openKafkaLog } = await import('./kafka-log.ts');
  return openKafkaLog({ ...options, kafka: config.log.kafka });
}
