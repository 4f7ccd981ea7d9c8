import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../runtime/logger.ts';
import { Random } from '../random.ts';
import type { Service } from '../services.ts';
import { habitsOf } from './habits.ts';
import { ERRAND_WEIGHTS, ERRANDS } from './live-errands.ts';
import { act, createOrder, type OpenSaga } from './live-saga.ts';
import { type CompanyState, readCompanyState, readOpenSagas } from './live-state.ts';
import { draftOrder } from './order-draft.ts';
import { FAILURE_RATES, nextAction } from './order-saga.ts';
import { Pace } from './pace.ts';
import { closePools, openPools, type ServicePools } from './service-transaction.ts';
import { warehouseFor } from './vocabulary.ts';

export interface TrafficOptions {
  /** A superuser's or the services' own URLs. */
  urls: Record<Service, string>;
  seed: number;
  /** Row changes (inserts, updates) a second over all services, on average; above 0. */
  rate: number;
  logger?: Logger;
}

export interface Traffic {
  /** What was committed so far; failures are transactions that were tried again later. */
  counts(): { changes: number; transactions: number; failures: number };
  /** Resolves when the transactions that are under way have ended. A second call waits for the first. */
  stop(): Promise<void>;
}

const MAX_WORKERS = 8;
const RETRY_MS = 500;

/**
 * Lives on from whatever the databases hold: orders that were on their way continue, new ones follow, and everything
 * else that customers and staff do. Outlives the loss of its connections. At least one customer and one product must
 * be there.
 */
export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const workers = Math.min(MAX_WORKERS, 1 + Math.ceil(options.rate / 80));
  const pools = openPools(options.urls, Math.min(4, workers));
  try {
    const traffic = new LiveTraffic(options, pools, await readCompanyState(pools));
    traffic.start(workers);
    return traffic;
  } catch (error) {
    await closePools(pools);
    throw error;
  }
}

class LiveTraffic implements Traffic {
  readonly #options: TrafficOptions;
  readonly #pools: ServicePools;
  readonly #state: CompanyState;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  readonly #counts = { changes: 0, transactions: 0, failures: 0 };
  #workers: Promise<void>[] = [];
  #stopped: Promise<void> | undefined;

  constructor(options: TrafficOptions, pools: ServicePools, state: CompanyState) {
    this.#options = options;
    this.#pools = pools;
    this.#state = state;
    this.#pace = new Pace({ perSecond: options.rate, nowMs: performance.now() });
  }

  start(workers: number): void {
    this.#workers = Array.from({ length: workers }, (_, index) => this.#work(index));
  }

  counts(): { changes: number; transactions: number; failures: number } {
    return { ...this.#counts };
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopped ??= Promise.all(this.#workers).then(() => closePools(this.#pools));
    return this.#stopped;
  }

  async #work(index: number): Promise<void> {
    const random = new Random(this.#options.seed, `traffic ${this.#state.run} ${index}`);
    let failing = false;
    while (!this.#stopping.signal.aborted) {
      try {
        const changes = await this.#doSomething(random);
        this.#counts.changes += changes;
        if (changes > 0) this.#counts.transactions += 1;
        failing = false;
        await this.#wait(this.#pace.waitMs(changes, performance.now()));
      } catch (error) {
        this.#counts.failures += 1;
        if (!failing) this.#options.logger?.warn({ code: codeOf(error) }, 'a step of the traffic failed, trying again');
        failing = true;
        await this.#wait(RETRY_MS);
      }
    }
  }

  /** One transaction; resolves with the rows it changed. */
  #doSomething(random: Random): Promise<number> {
    const { sagas } = this.#state;
    const enough = Math.max(20, this.#options.rate);
    const what = random.weighted({
      order: sagas.length < enough ? 12 : 0,
      saga: sagas.length > 0 ? 60 : 0,
      errand: 28,
    });
    if (what === 'order') return this.#startOrder(random);
    if (what === 'saga') return this.#continueSaga(random);
    const errand = ERRANDS[random.weighted(ERRAND_WEIGHTS)];
    return errand({ pools: this.#pools, random, state: this.#state });
  }

  async #startOrder(random: Random): Promise<number> {
    const { customers, offers, sagas } = this.#state;
    const { id: customerId, place } = random.pick(customers);
    const draft = draftOrder({ random, offers, place, basket: habitsOf(customerId).basket });
    const context = { pools: this.#pools, random };
    const { changes, saga } = await createOrder(context, {
      customerId,
      place,
      warehouseId: warehouseFor(place),
      draft,
    });
    if (saga !== null) sagas.push(saga);
    return changes;
  }

  async #continueSaga(random: Random): Promise<number> {
    const { sagas } = this.#state;
    const at = random.between(0, sagas.length - 1);
    // Out of the list while we work on it, so that no other worker takes it.
    const [saga] = sagas.splice(at, 1) as [OpenSaga];
    const action = nextAction(saga.progress, random.chance(FAILURE_RATES.customerCancels));
    if (action === null) return 0;
    try {
      const outcome = await act({ pools: this.#pools, random }, saga, action);
      if (outcome.saga !== null) sagas.push(outcome.saga);
      return outcome.changes;
    } catch (error) {
      this.#recover(saga);
      throw error;
    }
  }

  /** It may have been committed all the same: ask the services where the saga stands. */
  #recover(saga: OpenSaga): void {
    const ask = async (): Promise<void> => {
      while (!this.#stopping.signal.aborted) {
        try {
          this.#state.sagas.push(...(await readOpenSagas(this.#pools, [saga.correlationId])));
          return;
        } catch {
          await this.#wait(RETRY_MS); // Counted and logged by the workers, who meet the same.
        }
      }
    };
    const asking = ask();
    this.#workers.push(asking);
    void asking.then(() => this.#workers.splice(this.#workers.indexOf(asking), 1));
  }

  async #wait(ms: number): Promise<void> {
    if (ms <= 0) return;
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}

/** Postgres's or the system's code; messages may hold row values. */
function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
