/**
 * The ingest process as the product runs it (capture, change log, loader, or one of these), for one source, told when to
 * start and how far to go. A process of its own, so that its CPU time and its memory are its own.
 */

import type { SourceConfig, WarehouseConfig } from '../runtime/config/config.ts';
import { createLogger } from '../runtime/logger.ts';
import { connect } from '../warehouse/clickhouse/connect.ts';
import { openLine, type Part } from './lines.ts';

/** What the process is told: `open` once, `reach` any number of times, `stop` once. LSNs are decimal text. */
export type Command =
  | {
      readonly type: 'open';
      readonly source: SourceConfig;
      readonly warehouse: WarehouseConfig;
      readonly journal: boolean;
      readonly part: Part;
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

async function open({ source, warehouse, journal, part }: Command & { type: 'open' }) {
  const logger = createLogger({ name: 'bench-ingest', level: 'warn' });
  const client = await connect({ config: warehouse, role: 'millrace', logger, maxConnections: 6 });
  const line = openLine({ part, source, client, journal, logger });
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  return {
    /** Starts the line the first time. The clock runs from here until everything before `lsn` is durable. */
    async reach(lsn: bigint): Promise<void> {
      const startedAt = performance.now();
      const cpu = process.cpuUsage();
      if (running === undefined) {
        running = line.run(stopping.signal);
        running.catch((error: unknown) => {
          logger.error({ err: error }, 'the line ended');
          process.exit(1);
        });
      }
      while (line.reachedLsn() < lsn) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const seconds = (performance.now() - startedAt) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      answer({ type: 'reached', seconds, cpuSeconds: (user + system) / 1e6, capturedRows: line.rows() });
    },
    async stop(): Promise<void> {
      stopping.abort();
      await (running ?? Promise.resolve());
      await line.close();
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
