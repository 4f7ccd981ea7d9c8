import type { CopyBuffer } from '../postgres/copy.ts';
import type { Random } from '../random.ts';
import { type SagaStep, STEP_RECORDS } from './order-saga.ts';

/** Ids of one table as its sequence would give them. */
export class Ids {
  #last = 0;

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}

/** Milliseconds since 1970 as Postgres reads a timestamptz. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

interface EventRow {
  aggregateType: string;
  aggregateId: number;
  type: string;
  correlationId: string | null;
  payload?: string;
  outcome?: 'succeeded' | 'failed' | 'compensated';
  compensates?: number | null;
  at: number;
}

/** One service's event_store and saga_coordinator while history is being written. */
export class HistoryLog {
  readonly #sagas: CopyBuffer;
  readonly #events: CopyBuffer;
  readonly #random: Random;
  readonly #eventIds = new Ids();

  constructor(options: { sagas: CopyBuffer; events: CopyBuffer; random: Random }) {
    this.#sagas = options.sagas;
    this.#events = options.events;
    this.#random = options.random;
  }

  event(row: EventRow): number {
    const id = this.#eventIds.next();
    const { aggregateType, aggregateId, type, correlationId, at } = row;
    const [payload, outcome, compensates] = [row.payload ?? '{}', row.outcome ?? 'succeeded', row.compensates ?? null];
    this.#events.add(id, aggregateType, aggregateId, type, correlationId, payload, outcome, compensates, timestamp(at));
    return id;
  }

  /** A saga that this service completed by itself, with its event. */
  completed(row: Omit<EventRow, 'correlationId'> & { sagaType: string }): void {
    const correlationId = this.#random.uuid();
    const at = timestamp(row.at);
    const id = this.#random.uuid();
    this.#sagas.add(id, row.sagaType, correlationId, row.type, 'completed', row.payload ?? '{}', null, at, at, at);
    this.event({ ...row, correlationId });
  }

  /** The service's part in an order's saga, as its steps have left it; nothing when it had no step. */
  orderSaga(options: {
    correlationId: string;
    orderId: number;
    payload: string;
    steps: readonly { step: SagaStep; at: number }[];
    /** When the cancelled order's saga was closed. */
    closedAt?: number | null;
  }): void {
    const { correlationId, orderId, payload, steps } = options;
    const eventOf = new Map<SagaStep, number>();
    for (const { step, at } of steps) {
      const { outcome, compensates: takenBack } = STEP_RECORDS[step];
      const compensates = takenBack === null ? null : (eventOf.get(takenBack) ?? null);
      const row = { aggregateType: 'order', aggregateId: orderId, type: step, correlationId, payload, outcome, at };
      eventOf.set(step, this.event({ ...row, compensates }));
    }
    const [first, last] = [steps[0], steps.at(-1)];
    if (first === undefined || last === undefined) return;
    const record = STEP_RECORDS[last.step];
    const closedAt = options.closedAt ?? (record.finished ? last.at : null);
    const status = record.status === 'compensating' && closedAt !== null ? 'compensated' : record.status;
    const compensation = record.compensation === null ? null : JSON.stringify({ action: record.compensation });
    const times = [first.at, closedAt ?? last.at, closedAt].map((ms) => (ms === null ? null : timestamp(ms)));
    const [startedAt, updatedAt, finishedAt] = times as [string, string, string | null];
    const saga = [this.#random.uuid(), 'order', correlationId, last.step, status, payload, compensation] as const;
    this.#sagas.add(...saga, startedAt, updatedAt, finishedAt);
  }
}
