import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identify } from '../../runtime/process-identity.ts';
import { createExportFolder } from './export-folder.ts';
import { interruptedRecord } from './export-problem.ts';
import type { ExportRecord, ExportStatus } from './export-record.ts';

let root: string;
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'millrace-exports-test-')), 'exports');
});
afterEach(() => rm(join(root, '..'), { recursive: true }));

const ids = [1, 2, 3, 4].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [string, string, string, string];

function record(id: string, status: ExportStatus): ExportRecord {
  return {
    id,
    owner: '',
    scope: 'views/a',
    request: { method: 'GET', path: '/v1/views/a', query: {}, body: null },
    format: 'csv',
    fileName: 'a',
    published: { watermark: '1', publishedAt: '2026-11-22T00:00:00Z', asOf: {} },
    status,
    createdAtMs: 1,
    startedAtMs: null,
    finishedAtMs: status === 'done' ? 2 : null,
    rows: null,
    bytes: 0,
    sha256: null,
    problem: null,
  };
}

const open = (folder: ReturnType<typeof createExportFolder>) => folder.open((each) => interruptedRecord(each, 5));

test('makes nothing before there is an export', async () => {
  const folder = createExportFolder(root);
  expect(await open(folder)).toEqual([]);
  await folder.close();
  await expect(readdir(root)).rejects.toThrow('ENOENT');
});

test('keeps what was done, tells of what was interrupted, and sweeps away what belongs to nothing', async () => {
  const folder = createExportFolder(root);
  const [done, running, lost, unknown] = ids;
  for (const each of [record(done, 'done'), record(running, 'running'), record(lost, 'done')]) await folder.save(each);
  for (const id of [done, unknown]) {
    await writeFile(folder.partPath(id), 'rows');
    await folder.finish(id);
  }
  await writeFile(folder.partPath(running), 'some of the ro');
  await folder.close();

  const again = createExportFolder(root);
  const kept = await open(again);
  expect(kept.map(({ id, status }) => [id, status]).sort()).toEqual([
    [done, 'done'],
    [running, 'failed'],
  ]);
  expect(kept.find(({ id }) => id === running)?.problem).toMatchObject({ code: 'API_EXPORT_INTERRUPTED' });
  expect((await readdir(join(root, '1'))).sort()).toEqual(
    [`${done}.data`, `${done}.json`, 'owner', `${running}.json`].sort(),
  );
  await again.close();
});

test('two processes have a folder each, and who comes later takes over what was left', async () => {
  const first = createExportFolder(root);
  await first.save(record(ids[0], 'done'));
  // Another process that is alive: the first one.
  await writeFile(join(root, '1', 'owner'), JSON.stringify(identify(1)));
  const second = createExportFolder(root);
  await second.save(record(ids[1], 'queued'));
  expect(await readdir(join(root, '2'))).toContain(`${ids[1]}.json`);
  await first.close();
  await second.close();
  const third = createExportFolder(root);
  expect((await open(third)).map(({ id }) => id)).toEqual([ids[1]]);
  expect(await readdir(root)).toEqual(['1']);
  await third.close();
});
