import { expect, test } from 'vitest';
import type { ExportRecord } from './export-record.ts';
import { exportText } from './shown-export.ts';

const RECORD: ExportRecord = {
  id: 'x',
  owner: 'somebody',
  scope: 'views/a',
  request: { method: 'GET', path: '/v1/views/a', query: {}, body: null },
  format: 'csv',
  fileName: 'a',
  published: { watermark: '9007199254740993', publishedAt: '2026-11-22T00:00:00Z', asOf: {} },
  status: 'running',
  createdAtMs: 0,
  startedAtMs: 1_000,
  finishedAtMs: null,
  rows: 3,
  bytes: 0,
  sha256: null,
  problem: null,
};

function shown(record: Partial<ExportRecord>, rows: number | null = null) {
  return JSON.parse(exportText({ record: { ...RECORD, ...record }, progress: { bytes: 17, rows } }, 60_000));
}

test('the part that is written is of the rows that were counted, and null where it is not known', () => {
  expect(shown({ status: 'queued', rows: null })).toMatchObject({ progress: 0, expires_at: null });
  expect(shown({ rows: null }).progress).toBeNull();
  expect(shown({}, 1)).toMatchObject({ progress: 0.3333, bytes: 17, file: null, file_name: null });
  expect(shown({ format: 'parquet' }).progress).toBeNull();
  expect(shown({ rows: 0 }, 0).progress).toBe(1);
  expect(shown({ status: 'failed', bytes: 0 }, 1)).toMatchObject({ progress: null, bytes: 0 });
});

test('one that is done says where its file is and until when, exactly of which state, and nothing of who asked', () => {
  const done = { status: 'done', finishedAtMs: 2_000, bytes: 20, sha256: 'ab' } as const;
  expect(shown(done)).toMatchObject({
    progress: 1,
    bytes: 20,
    file: '/v1/exports/x/file',
    file_name: 'a-9007199254740993.csv',
    expires_at: '1970-01-01T00:01:02.000Z',
  });
  const text = exportText({ record: RECORD, progress: { bytes: 0, rows: null } }, 1);
  expect(text).toContain('"watermark":9007199254740993,');
  expect(text).not.toContain('somebody');
});
