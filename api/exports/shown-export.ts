import { FORMAT_DEFINITIONS } from '../formats/format.ts';
import { type JsonText, jsonText, NumberText } from '../http/exact-json.ts';
import { type ExportRecord, expiryMs, isFinished } from './export-record.ts';
import type { KnownExport } from './exports.ts';

export function exportAddress({ id }: Pick<ExportRecord, 'id'>): string {
  return `/v1/exports/${id}`;
}

/** What the file is called, when somebody keeps it. */
export function fileNameOf({ fileName, published, format }: ExportRecord): string {
  return `${fileName}-${published.watermark}.${FORMAT_DEFINITIONS[format].extension}`;
}

/** An export as it is told, JSON. */
export function exportText({ record, progress }: KnownExport, keepMs: number): JsonText {
  const { status, published, rows } = record;
  const expiresAtMs = expiryMs(record, keepMs);
  return jsonText({
    id: record.id,
    status,
    request: record.request,
    format: record.format,
    as_of: published.asOf,
    watermark: BigInt(published.watermark),
    published_at: published.publishedAt,
    created_at: moment(record.createdAtMs),
    started_at: moment(record.startedAtMs),
    finished_at: moment(record.finishedAtMs),
    expires_at: moment(expiresAtMs),
    rows,
    bytes: isFinished(record) ? record.bytes : progress.bytes,
    progress: progressOf({ record, progress }),
    file_name: status === 'done' ? fileNameOf(record) : null,
    file: status === 'done' ? `${exportAddress(record)}/file` : null,
    sha256: record.sha256,
    problem: record.problem,
  });
}

/** Of the rows that were counted, the part that is written; null where nobody can tell. */
function progressOf({ record, progress }: KnownExport): NumberText | null {
  if (record.status === 'done') return new NumberText('1');
  if (record.status === 'queued') return new NumberText('0');
  if (record.rows === null || progress.rows === null || record.status !== 'running') return null;
  if (record.rows === 0) return new NumberText('1');
  return new NumberText(Math.min(1, progress.rows / record.rows).toFixed(4));
}

function moment(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
