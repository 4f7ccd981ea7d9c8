import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Participant } from './turns.ts';

export type Value = string | number | boolean | null | readonly (string | number | null)[];

/** Runs statements of one transaction. */
export interface Sql {
  /** Rows that the statement returns. */
  run<R extends pg.QueryResultRow>(text: string, values?: readonly Value[]): Promise<R[]>;
}

/** How a transaction ended; `conflict` was rolled back because of what another transaction had done. */
export type Ending = 'committed' | 'conflict';

/** Thrown on purpose by a step that wants its transaction rolled back. */
export class Abandon extends Error {}

const RECONNECT_MS = 100;
const GIVE_UP_MS = 120_000;

/** Unique violation, serialization failure, deadlock, lock not available. */
const CONFLICT_CODES = new Set(['23505', '40001', '40P01', '55P03']);
/** Shutdown, crash, starting up, out of connections, and the system's own. */
const LOST_CODES = new Set(
  '57P01 57P02 57P03 57P05 53300 08000 08003 08006 ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT'.split(' '),
);

/** One connection to one service, made when first needed and made again when lost. */
export class ServiceConnection {
  readonly #url: () => string;
  readonly #lockTimeoutMs: number;
  #client: pg.Client | null = null;
  #lost = false;
  /** Times that the connection was lost. */
  losses = 0;

  /** `url` is asked each time, since a restarted server may have moved. */
  constructor(url: () => string, lockTimeoutMs: number) {
    this.#url = url;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  /**
   * Runs `work` in a transaction, again from the start when the connection was lost: whether or not the lost one was
   * committed. Foreign keys are off. Rejects with what is neither a conflict nor a lost connection. A participant takes
   * a turn for each statement.
   */
  async inTransaction(work: (sql: Sql) => Promise<void>, participant?: Participant): Promise<Ending> {
    const deadline = Date.now() + GIVE_UP_MS;
    for (;;) {
      try {
        const client = await this.#connected();
        await participant?.turn();
        await client.query('begin');
        const sql: Sql = {
          async run(text, values = []) {
            await participant?.turn();
            return (await client.query(text, [...values])).rows;
          },
        };
        await work(sql);
        await participant?.turn();
        await client.query('commit');
        return 'committed';
      } catch (error) {
        const { code } = error as { code?: string };
        if (!this.#lost && !LOST_CODES.has(code ?? '')) {
          if (!(await this.#rolledBack())) continue;
          if (error instanceof Abandon) return 'committed';
          if (CONFLICT_CODES.has(code ?? '')) return 'conflict';
          throw error;
        }
        await this.close();
        this.losses += 1;
        if (Date.now() > deadline) throw error;
        await delay(RECONNECT_MS);
      }
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {});
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client !== null && !this.#lost) return this.#client;
    const client = new pg.Client({
      connectionString: this.#url(),
      connectionTimeoutMillis: 10_000,
      // Rows may refer to what is not there (yet, or any more), as between databases.
      options: `-c session_replication_role=replica -c lock_timeout=${this.#lockTimeoutMs}`,
    });
    this.#lost = false;
    client.on('error', () => {
      this.#lost = true;
    });
    client.on('end', () => {
      if (this.#client === client) this.#lost = true;
    });
    this.#client = client;
    try {
      await client.connect();
    } catch (error) {
      this.#client = null;
      throw error;
    }
    return client;
  }

  async #rolledBack(): Promise<boolean> {
    try {
      await this.#client?.query('rollback');
      return true;
    } catch {
      this.#lost = true;
      return false;
    }
  }
}
