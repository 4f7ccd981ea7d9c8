import type { Published } from '../../warehouse/published/published.ts';
import type { ProblemDocument } from '../problems/problem.ts';
import type { ExportFormat } from './exportable.ts';

export const EXPORT_STATUSES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];

/** A request as it was asked for. */
export interface ExportedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Null: it has none. */
  readonly body: unknown;
}

/** What is known of an export: plain JSON, which is kept beside its file. */
export interface ExportRecord {
  readonly id: string;
  /** Whoever sees it: who asked, and which rows they saw then. */
  readonly owner: string;
  /** What the request needed, and whoever wants the file needs. */
  readonly scope: string;
  readonly request: ExportedRequest;
  readonly format: ExportFormat;
  readonly fileName: string;
  /** The state that every row is from. */
  readonly published: Omit<Published, 'lagSeconds'>;
  readonly status: ExportStatus;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  /** Of the whole answer; null until they were counted. */
  readonly rows: number | null;
  /** Of the file, when it is done. */
  readonly bytes: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string | null;
  /** Why it failed. */
  readonly problem: ProblemDocument | null;
}

export function isFinished({ status }: Pick<ExportRecord, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}

/** When it is removed; null while it is under way. */
export function expiryMs({ finishedAtMs }: Pick<ExportRecord, 'finishedAtMs'>, keepMs: number): number | null {
  return finishedAtMs === null ? null : finishedAtMs + keepMs;
}
