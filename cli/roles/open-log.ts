import type { ClickHouseClient } from '@clickhouse/client';
import type { ChangeLog } from '../../changelog/change-log.ts';
import type { Destination } from '../../changelog/destination.ts';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { aborted } from '../../runtime/abortable.ts';
import type { Config } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';

export interface LogOptions {
  readonly config: Config;
  readonly client: ClickHouseClient;
  readonly destination: Destination;
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
  const { config, destination, signal } = options;
  if (config.log === 'direct') return { log: createDirectChangeLog({ destination }), loading: aborted(signal) };
  // Its client library costs memory, which who needs no broker does not pay.
  const { openKafkaLog } = await import('./kafka-log.ts');
  return openKafkaLog({ ...options, kafka: config.log.kafka });
}
