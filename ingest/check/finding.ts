import type { ErrorDefinition } from '../../runtime/errors.ts';

/** `error`: something will not be captured, or nothing will. `warning`: it will go wrong some day. `notice`: good to know. */
export type Severity = 'error' | 'warning' | 'notice';

/** One thing that the check found. */
export interface Finding {
  readonly severity: Severity;
  /** Of the catalogue; `millrace explain` tells it in full. */
  readonly code: string;
  readonly cause: string;
  readonly remedy: string;
  /** What it is about: `schema.table`; null for the source as a whole. */
  readonly table: string | null;
  /** What was seen, in this instance; never a value of a row or a secret. */
  readonly detail: string;
  /** Statements that mend it, to be run by somebody who may; null where SQL cannot. */
  readonly sql: string | null;
}

export function finding(
  severity: Severity,
  { code, cause, remedy }: ErrorDefinition,
  more: { readonly detail: string; readonly table?: string; readonly sql?: string | null },
): Finding {
  return { severity, code, cause, remedy, table: more.table ?? null, detail: more.detail, sql: more.sql ?? null };
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, notice: 2 };

/** Errors first; then by code and table, so that equal causes stand together. */
export function bySeverity(left: Finding, right: Finding): number {
  const order = [
    RANK[left.severity] - RANK[right.severity],
    left.code.localeCompare(right.code),
    (left.table ?? '').localeCompare(right.table ?? ''),
  ];
  return order.find((difference) => difference !== 0) ?? 0;
}
