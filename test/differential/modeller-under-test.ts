import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import type { LoadedPosition } from '../../warehouse/load/positions/loaded-position.ts';
import type { Answer, Order } from './modeller-process.ts';

type NewOrder = Order extends infer One ? (One extends Order ? Omit<One, 'id'> : never) : never;

/** What became of an order: done, failed (the process lives), or died of it. */
export type Outcome =
  | { readonly kind: 'done'; readonly watermark: string | null; readonly stopped: readonly string[] }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'died'; readonly signal: string };

/** Keeps the models of one warehouse up to date, in a process that is replaced when it has ended. */
export interface ModellerUnderTest {
  /** Takes up the models in this folder; what it kept up to date before is closed. */
  open(models: string, options?: { readonly withViews: boolean }): Promise<Outcome>;
  isOpen(): boolean;
  advance(positions: readonly LoadedPosition[]): Promise<Outcome>;
  /** A failpoint, as `armFailpoint` takes it. */
  arm(failpoint: string): Promise<void>;
  /** SIGKILL, wherever it is. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface ModellerOptions {
  readonly config: WarehouseConfig;
  /** Folder of compiled code: processes are started by the dozen. */
  readonly compileCache: string;
  /** The mutant that runs in the engine's place, of `mutants.ts`. */
  readonly mutant?: string;
}

const ENTRY = join(import.meta.dirname, 'modeller-process.ts');
const PLANTING = join(import.meta.dirname, 'plant-mutant.ts');

export function startModeller(options: ModellerOptions): ModellerUnderTest {
  const { config, compileCache, mutant } = options;
  let running = spawn();
  /** The next one has its modules loaded already when this one dies. */
  let spare: ChildProcess | null = null;
  let isOpened = false;
  let lastId = 0;

  function spawn(): ChildProcess {
    return fork(ENTRY, [], {
      execArgv: mutant === undefined ? [] : ['--import', PLANTING],
      env: {
        ...process.env,
        ...(mutant === undefined ? { NODE_COMPILE_CACHE: compileCache } : { MILLRACE_MUTANT: mutant }),
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  function replace(): void {
    running = spare ?? spawn();
    spare = null;
    isOpened = false;
  }

  function tell(order: NewOrder): Promise<Outcome> {
    const child = running;
    const id = ++lastId;
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        resolve(outcome);
      };
      const onMessage = (answer: unknown): void => {
        const { id: answered, error, value } = answer as Answer;
        if (answered !== id) return;
        if (error !== undefined) settle({ kind: 'failed', error });
        else settle({ kind: 'done', watermark: value?.watermark ?? null, stopped: value?.stopped ?? [] });
      };
      const onExit = (code: number | null, signal: string | null): void => {
        if (child === running) replace();
        settle({ kind: 'died', signal: signal ?? `exit code ${code}` });
      };
      child.on('message', onMessage);
      child.once('exit', onExit);
      child.send({ id, ...order }, () => {}); // Whether it got there shows by its answer, or its end.
    });
  }

  async function end(child: ChildProcess | null): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  return {
    async open(models, { withViews } = { withViews: false }) {
      const outcome = await tell({ do: 'open', config, models, withViews });
      isOpened = outcome.kind === 'done';
      return outcome;
    },
    isOpen: () => isOpened,
    advance: (positions) => tell({ do: 'advance', positions }),
    async arm(failpoint) {
      if (failpoint.includes('=kill')) spare ??= spawn();
      await tell({ do: 'arm', failpoint });
    },
    async kill() {
      const child = running;
      await end(child);
      if (running === child) replace();
    },
    async stop() {
      await Promise.all([end(running), end(spare)]);
    },
  };
}
