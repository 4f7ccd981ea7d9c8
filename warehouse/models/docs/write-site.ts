import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillraceError } from '../../../runtime/errors.ts';
import { LINEAGE_ERRORS } from '../lineage/errors.ts';

/** Says that a folder is ours to replace. */
const MARK = '.millrace-docs';
const FOLDERS = ['models', 'sources', 'assets'];

/**
 * Writes the site's files into a folder, in place of those of the last time. Throws MR-DOCS-003 when something else is
 * there: nothing of it is touched.
 */
export async function writeSite(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const there = await contentOf(folder);
  if (there.length > 0 && !there.includes(MARK)) {
    throw new MillraceError(LINEAGE_ERRORS.foreignFolder, `${folder} holds ${there.slice(0, 3).join(', ')}`);
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, MARK), 'Written by `millrace models docs`, which replaces what is in this folder.\n');
  for (const name of FOLDERS) await rm(join(folder, name), { recursive: true, force: true });
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

async function contentOf(folder: string): Promise<string[]> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return [];
  if (!found.isDirectory()) throw new MillraceError(LINEAGE_ERRORS.foreignFolder, `${folder} is a file`);
  return readdir(folder);
}
