import type { Random } from '../random.ts';
import type { Service } from '../services.ts';
import type { Sql } from './service-connection.ts';

/** What a step may use. It draws from `random` alone, and writes its own timestamps, so that a seed repeats it. */
export interface StepContext {
  readonly random: Random;
  inTransaction(service: Service, work: (sql: Sql) => Promise<void>): Promise<void>;
}

export interface Step {
  /** How often, against the other steps. */
  readonly weight: number;
  run(context: StepContext): Promise<void>;
}

/** A step that is one transaction in one service. */
export function transaction(service: Service, weight: number, work: (sql: Sql, random: Random) => Promise<void>): Step {
  return { weight, run: ({ random, inTransaction }) => inTransaction(service, (sql) => work(sql, random)) };
}
