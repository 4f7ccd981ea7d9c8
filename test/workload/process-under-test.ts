import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A part of the system in a process of its own, started again whenever it ends, as its supervisor would. */
export interface ProcessUnderTest<Command extends string = never> {
  /** Sends SIGKILL and waits until the next process runs. Harmless when none runs. */
  kill(): Promise<void>;
  /** The same with SIGTERM: it ends as it does in a deploy. SIGKILL when it does not drain. */
  end(): Promise<void>;
  /** Stops it for so long, as a machine that hangs does; resolves at once. */
  freeze(ms: number): void;
  /** Sends a command to the process that runs now, if one does. */
  tell(command: Command): void;
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

/** What every process under test is told; JSON. */
export interface ProcessStart {
  /** Folder that processes share. */
  readonly compileCache?: string;
  readonly logLevel: string;
  /** As `armFailpoint` takes it. */
  readonly failpoint?: string;
}

const AGAIN_MS = 50;
const DRAIN_MS = 10_000;

/** Keeps a process running: `node <entry> <JSON of start>`. */
export function keepProcess<Command extends string>(entry: string, start: ProcessStart): ProcessUnderTest<Command> {
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
      const running = spawn(process.execPath, [join(import.meta.dirname, entry), JSON.stringify(told)], {
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

  async function replaced(running: ChildProcess): Promise<void> {
    while (!stopped && (child === running || child === null)) await sleep(10);
  }

  return {
    async kill() {
      const running = child;
      if (running === null) return;
      running.kill('SIGKILL');
      await replaced(running);
    },
    async end() {
      const running = child;
      if (running === null) return;
      running.kill('SIGTERM');
      const timer = setTimeout(() => running.kill('SIGKILL'), DRAIN_MS);
      await replaced(running);
      clearTimeout(timer);
    },
    freeze(ms) {
      const running = child;
      running?.kill('SIGSTOP');
      setTimeout(() => running?.kill('SIGCONT'), ms);
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
      child?.kill('SIGCONT');
      child?.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), DRAIN_MS);
      await kept;
      clearTimeout(timer);
    },
    log: () => log,
  };
}
