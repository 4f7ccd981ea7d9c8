import { Random } from '../random.ts';
import { SERVICES, type Service } from '../services.ts';
import { INVENTORY_STEPS } from './inventory-steps.ts';
import { NOTIFICATION_STEPS } from './notification-steps.ts';
import { ORDER_STEPS } from './order-steps.ts';
import { PAYMENT_STEPS } from './payment-steps.ts';
import { RATE_STEPS } from './rate-steps.ts';
import { ServiceConnection } from './service-connection.ts';
import type { Step, StepContext } from './step.ts';
import { type Participant, takeTurns } from './turns.ts';
import { USER_STEPS } from './user-steps.ts';

export interface WorkloadOptions {
  /** The services' databases as superuser (foreign keys are switched off). Read anew at each connection. */
  urls: Readonly<Record<Service, string>>;
  /** The same seed over the same databases makes the same changes, unless several connections run freely. */
  seed: number;
  /** How many run steps at once, each with a connection to every service; default 1. */
  connections?: number;
  /**
   * How the statements of several connections mix. `seeded` (default): drawn from the seed, one at a time, transactions
   * overlapping; repeatable. `free`: truly at once.
   */
  interleaving?: 'seeded' | 'free';
  /** Kinds of step to leave out, see `WORKLOAD_STEPS`. */
  exclude?: readonly string[];
}

export interface WorkloadResult {
  /** Steps done, by kind; `conflicts` and `connections lost` are counted as well. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface Workload {
  /** Does that many further steps. Rejects with what is neither a conflict nor a lost connection. */
  run(options: { steps: number }): Promise<WorkloadResult>;
  close(): Promise<void>;
}

const FREE_LOCK_TIMEOUT_MS = 10_000;
const TURN_LOCK_TIMEOUT_MS = 20;

/** Every kind of step. */
export const WORKLOAD_STEPS: Readonly<Record<string, Step>> = {
  ...ORDER_STEPS,
  ...RATE_STEPS,
  ...PAYMENT_STEPS,
  ...USER_STEPS,
  ...INVENTORY_STEPS,
  ...NOTIFICATION_STEPS,
};

/**
 * Random changes to all five services' databases, nastier than traffic ever is, for tests of exactness. Works on empty
 * databases as well as on full ones, and goes on when the server is restarted under it.
 */
export function createWorkload(options: WorkloadOptions): Workload {
  const excluded = new Set(options.exclude);
  const weights = Object.fromEntries(
    Object.entries(WORKLOAD_STEPS).map(([kind, { weight }]) => [kind, excluded.has(kind) ? 0 : weight]),
  );
  const isFree = options.interleaving === 'free';
  const workers = Array.from(
    { length: options.connections ?? 1 },
    (_, index) => new Worker({ ...options, isFree }, new Random(options.seed, `workload ${index}`), weights),
  );
  const turns = new Random(options.seed, 'turns');
  return {
    async run({ steps }) {
      const counts: Record<string, number> = {};
      let left = steps;
      const takeStep = (): boolean => left-- > 0;
      const participants = isFree ? [] : takeTurns(turns, workers.length);
      await Promise.all(
        workers.map((worker, index) =>
          worker.work(takeStep, counts, participants[index]).finally(() => participants[index]?.leave()),
        ),
      );
      return { counts };
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

class Worker {
  readonly #random: Random;
  readonly #weights: Readonly<Record<string, number>>;
  readonly #connections: Record<Service, ServiceConnection>;

  constructor(
    { urls, isFree }: { urls: Readonly<Record<Service, string>>; isFree: boolean },
    random: Random,
    weights: Readonly<Record<string, number>>,
  ) {
    this.#random = random;
    this.#weights = weights;
    // Whoever holds a lock does not go on while it is not its turn: waiting for it has no sense.
    const lockTimeoutMs = isFree ? FREE_LOCK_TIMEOUT_MS : TURN_LOCK_TIMEOUT_MS;
    const entries = SERVICES.map((service) => [service, new ServiceConnection(() => urls[service], lockTimeoutMs)]);
    this.#connections = Object.fromEntries(entries) as Record<Service, ServiceConnection>;
  }

  async work(takeStep: () => boolean, counts: Record<string, number>, participant?: Participant): Promise<void> {
    const add = (kind: string, count = 1): void => {
      counts[kind] = (counts[kind] ?? 0) + count;
    };
    const context: StepContext = {
      random: this.#random,
      inTransaction: async (service, work) => {
        if ((await this.#connections[service].inTransaction(work, participant)) === 'conflict') add('conflicts');
      },
    };
    const lossesBefore = this.#losses();
    while (takeStep()) {
      const kind = this.#random.weighted(this.#weights);
      await WORKLOAD_STEPS[kind]!.run(context);
      add(kind);
    }
    const losses = this.#losses() - lossesBefore;
    if (losses > 0) add('connections lost', losses);
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#connections).map((connection) => connection.close()));
  }

  #losses(): number {
    return Object.values(this.#connections).reduce((sum, { losses }) => sum + losses, 0);
  }
}
