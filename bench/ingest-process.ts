import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SourceConfig, WarehouseConfig } from '../runtime/config/config.ts';
import type { Answer, Command } from './ingest-child.ts';
import type { Part } from './lines.ts';
import { type MemoryPeak, watchMemory } from './process-usage.ts';

export interface Reached {
  /** From the request until everything before the position was durable in the warehouse. */
  readonly seconds: number;
  /** CPU time of the process meanwhile. */
  readonly cpuSeconds: number;
  /** Rows taken over since the process started. */
  readonly capturedRows: number;
}

/** An ingest process under test. */
export interface IngestProcess {
  /** Captures (starting the first time) until everything before `lsn` is durable. One call at a time. */
  reach(lsn: bigint): Promise<Reached>;
  /** Of the process so far, its start included. */
  memoryPeak(): MemoryPeak;
  /** Drains, confirms and ends. */
  stop(): Promise<void>;
}

/** Forks an ingest process; it is up, but captures nothing, when this resolves. */
export async function startIngestProcess(options: {
  source: SourceConfig;
  warehouse: WarehouseConfig;
  journal: boolean;
  /** Default: capture and loader in one. */
  part?: Part;
  /** Node's options, such as `--cpu-prof`; the product uses none. */
  nodeOptions?: readonly string[];
}): Promise<IngestProcess> {
  const { source, warehouse, journal, part = { log: 'direct' }, nodeOptions = [] } = options;
  const child = fork(fileURLToPath(new URL('./ingest-child.ts', import.meta.url)), [], { execArgv: [...nodeOptions] });
  const memory = watchMemory(child.pid as number);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));

  function ask<T extends Answer['type']>(command: Command, type: T): Promise<Extract<Answer, { type: T }>> {
    return new Promise((resolve, reject) => {
      const onMessage = (answer: Answer): void => {
        if (answer.type !== type) return;
        forget();
        resolve(answer as Extract<Answer, { type: T }>);
      };
      const onExit = (code: number | null): void => {
        forget();
        memory.end();
        reject(new Error(`the ingest process ended with ${code}`));
      };
      const forget = (): void => {
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.send(command);
    });
  }

  await ask({ type: 'open', source, warehouse, journal, part }, 'opened');
  return {
    reach: (lsn) => ask({ type: 'reach', lsn: lsn.toString() }, 'reached'),
    memoryPeak: () => memory.peak(),
    async stop() {
      memory.end();
      await ask({ type: 'stop' }, 'stopped');
      await exited;
    },
  };
}
