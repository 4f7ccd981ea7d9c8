import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CaptureTiming } from '../../ingest/postgres/timing.ts';
import type { WarehouseConfig } from '../../runtime/config/config.ts';

/** What the process is told; JSON. */
export interface IngestStart {
  readonly source: string;
  readonly url: string;
  readonly warehouse: WarehouseConfig;
  /** Folder that its processes share. */
  readonly compileCache?: string;
  readonly timing: Partial<CaptureTiming>;
  readonly snapshotConnections: number;
  readonly logLevel: string;
  /** As `armFailpoint` takes it. */
  readonly failpoint?: string;
  readonly flaw?: string;
}

/** A line for the process: what to do, and the table (`schema.table`) or failpoint. */
export type IngestCommand = `${'pause' | 'resume' | 'resync' | 'arm'} ${string}` | 'resync-source';

/** Ingest of one source in a process of its own, started again whenever it ends, as its supervisor would. */
export interface IngestUnderTest {
  /** Sends SIGKILL and waits until the next process runs. Harmless when none runs. */
  kill(): Promise<void>;
  /** Sends a command to the process that runs now, if one does. */
  tell(command: IngestCommand): void;
  isRunning(): boolean;
  /** How often it has ended so far. */
  deaths(): number;
  /** Signals that its processes ended by, and exit codes. */
  ends(): readonly string[];
  /** A failpoint, as `armFailpoint` takes it, for the next process that has none yet: one process each, in this order. */
  arm(failpoint: string): void;
  /** SIGTERM and no new process; SIGKILL when it does not drain. */
  stop(): Promise<void>;
  log(): string;
}

const AGAIN_MS = 50;
const DRAIN_MS = 10_000;

export function startIngest(start: IngestStart): IngestUnderTest {
  const { failpoint: first, compileCache, ...always } = start;
  // Each is met once at most: the processes after it go on.
  const failpoints = first === undefined ? [] : [first];
  let child: ChildProcess | null = null;
  let stopped = false;
  let log = '';
  const ends: string[] = [];
  const kept = keep();

  async function keep(): Promise<void> {
    while (!stopped) {
      const failpoint = failpoints.shift();
      const told = { ...always, ...(failpoint === undefined ? {} : { failpoint }) };
      const running = spawn(process.execPath, [join(import.meta.dirname, 'ingest-process.ts'), JSON.stringify(told)], {
        stdio: ['pipe', 'ignore', 'pipe'],
        env: { ...process.env, ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }) },
      });
      child = running;
      running.stdin.on('error', () => {}); // It has ended.
      running.stderr.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-100_000);
      });
      ends.push(
        await new Promise<string>((resolve) =>
          running.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
        ),
      );
      child = null;
      if (!stopped) await sleep(AGAIN_MS);
    }
  }

  return {
    async kill() {
      const running = child;
      if (running === null) return;
      running.kill('SIGKILL');
      while (!stopped && (child === running || child === null)) await sleep(10);
    },
    tell(command) {
      child?.stdin?.write(`${command}\n`);
    },
    isRunning: () => child !== null,
    deaths: () => ends.length,
    ends: () => ends,
    arm(text) {
      failpoints.push(text);
    },
    async stop() {
      stopped = true;
      child?.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), DRAIN_MS);
      await kept;
      clearTimeout(timer);
    },
    log: () => log,
  };
}
