/**
 * The ingest process as the product runs it (capture, direct log, loader), for one source, told when to start and how
 * far to go. A process of its own, so that its CPU time and its memory are its own.
 */

import { createDirectChangeLog } from '../changelog/direct/direct-change-log.ts';
import { createCapture } from '../ingest/capture.ts';
import type { SourceConfig, WarehouseConfig } from '../runtime/config/config.ts';
import { createLogger } from '../runtime/logger.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { connect } from '../warehouse/clickhouse/connect.ts';
import { createWarehouseDestination } from '../warehouse/load/destination.ts';

/** What the process is told: `open` once, `reach` any number of times, `stop` once. LSNs are decimal text. */
export type Command =
  | {
      readonly type: 'open';
      readonly source: SourceConfig;
      readonly warehouse: WarehouseConfig;
      readonly journal: boolean;
    }
  | { readonly type: 'reach'; readonly lsn: string }
  | { readonly type: 'stop' };

/** What it answers: one answer to each command. */
export type Answer =
  | { readonly type: 'opened' }
  | { readonly type: 'reached'; readonly seconds: number; readonly cpuSeconds: number; readonly capturedRows: number }
  | { readonly type: 'stopped' };

const POLL_MS = 10;

const answer = (message: Answer): void => {
  process.send?.(message);
};

async function open({ source, warehouse, journal }: Command & { type: 'open' }) {
  const logger = createLogger({ name: 'bench-ingest', level: 'warn' });
  const client = await connect({ config: warehouse, role: 'millrace', logger, maxConnections: 6 });
  const log = createDirectChangeLog({ destination: createWarehouseDestination({ client, logger, journal }) });
  const capture = createCapture({ source, log, logger, metrics: createMetrics('ingest') });
  const stopping = new AbortController();
  let capturing: Promise<void> | undefined;
  return {
    /** Starts the capture the first time. The clock runs from here until everything before `lsn` is durable. */
    async reach(lsn: bigint): Promise<void> {
      const startedAt = performance.now();
      const cpu = process.cpuUsage();
      if (capturing === undefined) {
        capturing = capture.run(stopping.signal);
        capturing.catch((error: unknown) => {
          logger.error({ err: error }, 'capture ended');
          process.exit(1);
        });
      }
      for (;;) {
        const { state, durableLsn, rows } = capture.progress();
        if (state === 'streaming' && durableLsn >= lsn) {
          const seconds = (performance.now() - startedAt) / 1000;
          const { user, system } = process.cpuUsage(cpu);
          const capturedRows = rows.snapshot + rows.inserts + rows.updates + rows.deletes;
          answer({ type: 'reached', seconds, cpuSeconds: (user + system) / 1e6, capturedRows });
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    async stop(): Promise<void> {
      stopping.abort();
      await (capturing ?? Promise.resolve());
      await log.close();
      await client.close();
    },
  };
}

let opened: Awaited<ReturnType<typeof open>> | null = null;
process.on('message', async (command: Command) => {
  if (command.type === 'open') {
    opened = await open(command);
    answer({ type: 'opened' });
  } else if (command.type === 'reach') {
    await opened?.reach(BigInt(command.lsn));
  } else {
    await opened?.stop();
    answer({ type: 'stopped' });
    process.disconnect();
  }
});
// Never outlive the benchmark.
process.on('disconnect', () => setTimeout(() => process.exit(), 5_000).unref());
