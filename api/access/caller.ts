import { AsyncLocalStorage } from 'node:async_hooks';

/** Values that a row's column may have, by column; none: every row. */
export type RowFilters = Readonly<Record<string, readonly string[]>>;

/** Who asks, and what they may see. */
export interface Caller {
  readonly kind: 'key' | 'token';
  /** Of the key, or the token's subject. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly filters: RowFilters;
  /** Null: as many as they like. */
  readonly requestsPerMinute: number | null;
}

/** A request under way, for what is far from it: the warehouse's guard, the audit log. */
export interface Call {
  /** Null: nobody in particular, whom pages and documents are open to. */
  readonly caller: Caller | null;
  /** What the answer was made of, as far as it is known. */
  noted: { readonly watermark: string; readonly rows: number | null } | null;
}

const calls = new AsyncLocalStorage<Call>();

export function withCall<T>(call: Call, work: () => T): T {
  return calls.run(call, work);
}

export function currentCall(): Call | undefined {
  return calls.getStore();
}

/** For what the API does by itself and shows nobody as it is, such as fitting a model on a schedule: every row is read. */
export function asSystem<T>(work: () => T): T {
  const caller = { kind: 'key', id: '', name: 'system', scopes: ['*'], filters: {}, requestsPerMinute: null } as const;
  return calls.run({ caller, noted: null }, work);
}

/** For the audit log: the state that the answer is of, and its rows (null: not told, as with 304). */
export function noteAnswer(answer: { watermark: string; rows: number | null }): void {
  const call = calls.getStore();
  if (call !== undefined) call.noted = answer;
}

/**
 * Which rows whoever asks now can see: answers are the same for those for whom it is the same text, and for them alone. Null: all of
 * them. It has to be part of the key of whatever is kept of an answer.
 */
export function visibleRows(): string | null {
  const filters = calls.getStore()?.caller?.filters;
  return filters === undefined || !isRestricted(filters) ? null : canonical(filters);
}

export function isRestricted(filters: RowFilters): boolean {
  return Object.keys(filters).length > 0;
}

function canonical(filters: RowFilters): string {
  const columns = Object.entries(filters).map(([column, values]) => [column, [...new Set(values)].sort()] as const);
  return JSON.stringify(columns.sort(([one], [other]) => (one < other ? -1 : 1)));
}
