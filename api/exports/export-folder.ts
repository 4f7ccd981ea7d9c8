import { mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claim, type Release } from '../../runtime/owner-file.ts';
import { type ExportRecord, isFinished } from './export-record.ts';

/** Where exports are kept: a record and a file each. */
export interface ExportFolder {
  /** What was kept before; what was under way when the process ended is handed to `interrupted`, whose answer is kept instead. */
  open(interrupted: (record: ExportRecord) => ExportRecord): Promise<readonly ExportRecord[]>;
  /** Replaces what was known of it, as a whole or not at all. */
  save(record: ExportRecord): Promise<void>;
  /** Where its bytes are written to; nobody is shown them. */
  partPath(id: string): string;
  /** Makes what was written its file. */
  finish(id: string): Promise<void>;
  filePath(id: string): string;
  /** What is left of a file that was not finished. */
  dropPart(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  freeBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Several processes with one folder have a folder in it each. */
const MAX_PROCESSES = 16;
const NAME = /^([0-9a-f-]{36})\.(?:json|json\.new|part|data)$/;
const OWNER = 'owner';

/**
 * Nothing is made before the first export is: who never asks for one needs no such folder. Without a root it is a temporary one, which
 * goes with the process.
 */
export function createExportFolder(root: string | null): ExportFolder {
  let temporary: string | null = null;
  let making: Promise<string> | null = null;
  let folder = '';
  let release: Release | null = null;

  function own(): Promise<string> {
    making ??= makeOwn().catch((error: unknown) => {
      making = null;
      throw error;
    });
    return making;
  }

  async function makeOwn(): Promise<string> {
    temporary = root === null ? await mkdtemp(join(tmpdir(), 'millrace-exports-')) : null;
    for (let n = 1; n <= MAX_PROCESSES; n++) {
      const path = join(root ?? temporary ?? '', String(n));
      await mkdir(path, { recursive: true, mode: 0o700 });
      const claimed = await claim(join(path, OWNER));
      if (typeof claimed === 'number') continue;
      release = claimed;
      folder = path;
      return path;
    }
    throw new Error(`${MAX_PROCESSES} processes keep exports here`);
  }

  /** Takes over what processes that are gone left in folders of theirs. */
  async function adopt(others: readonly string[]): Promise<void> {
    for (const other of others) {
      const claimed = await claim(join(other, OWNER));
      if (typeof claimed === 'number') continue;
      for (const name of await readdir(other)) if (NAME.test(name)) await rename(join(other, name), join(folder, name));
      claimed();
      await rmdir(other).catch(() => {}); // something else is in it, which is not ours
    }
  }

  async function remove(id: string): Promise<void> {
    // The record last: what has none is swept away at the next start.
    for (const ending of ['part', 'data', 'json.new', 'json'])
      await rm(join(folder, `${id}.${ending}`), { force: true });
  }

  async function save(record: ExportRecord): Promise<void> {
    const path = join(await own(), `${record.id}.json`);
    await writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600, flush: true });
    await rename(`${path}.new`, path);
  }

  return {
    async open(interrupted) {
      const kept: ExportRecord[] = [];
      const there = root === null ? [] : await readdir(root).catch(() => []);
      if (root === null || there.length === 0) return kept;
      await own();
      await adopt(there.map((name) => join(root, name)).filter((path) => path !== folder));
      const names = await readdir(folder);
      for (const id of new Set(names.flatMap((name) => NAME.exec(name)?.[1] ?? []))) {
        const record = names.includes(`${id}.json`) ? await readRecord(join(folder, `${id}.json`)) : null;
        const hasFile = names.includes(`${id}.data`);
        if (record === null || (record.status === 'done' && !hasFile)) await remove(id);
        else if (isFinished(record)) kept.push(record);
        else {
          const ended = interrupted(record);
          await rm(join(folder, `${id}.part`), { force: true });
          await rm(join(folder, `${id}.data`), { force: true });
          await save(ended);
          kept.push(ended);
        }
      }
      return kept;
    },
    save,
    partPath: (id) => join(folder, `${id}.part`),
    finish: (id) => rename(join(folder, `${id}.part`), join(folder, `${id}.data`)),
    filePath: (id) => join(folder, `${id}.data`),
    dropPart: (id) => rm(join(folder, `${id}.part`), { force: true }),
    remove,
    async freeBytes() {
      const { bavail, bsize } = await statfs(await own());
      return bavail * bsize;
    },
    async close() {
      await making?.catch(() => {});
      release?.();
      release = null;
      if (temporary !== null) await rm(temporary, { recursive: true, force: true });
    },
  };
}

/** Null for what is no record that we wrote. */
async function readRecord(path: string): Promise<ExportRecord | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ExportRecord;
  } catch {
    return null;
  }
}
