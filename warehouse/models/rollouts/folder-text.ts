import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { listFiles } from '../project/folder-files.ts';

/** A folder of models as text: what was taken up, whatever the folder has become since. */
export interface FolderText {
  /** Of the files: the same text has the same hash. */
  readonly hash: string;
  /** By path within the folder, with slashes. */
  readonly files: Readonly<Record<string, string>>;
}

/** More than any project of SQL and YAML has. */
const MAX_CHARACTERS = 64 << 20;
/** What dbt writes itself, or fetches. */
const NOT_OURS = new Set(['target', 'logs', 'dbt_packages', 'dbt_modules', 'node_modules']);
/** What decides about models and their tests: SQL, declarations, fixtures. */
const TEXTS = /\.(sql|ya?ml|csv)$/;

/** Throws MR-MODEL-001 for a folder that is too large to be one of models. */
export async function readFolderText(folder: string): Promise<FolderText> {
  const files: Record<string, string> = {};
  let characters = 0;
  for (const path of await filesOf(folder)) {
    const name = relative(folder, path).replaceAll(sep, '/');
    if (!TEXTS.test(name)) continue;
    const text = await readFile(path, 'utf8');
    characters += text.length;
    if (characters > MAX_CHARACTERS) {
      throw new MillraceError(MODEL_ERRORS.projectInvalid, `${folder}: more than ${MAX_CHARACTERS} characters`);
    }
    files[name] = text;
  }
  return { hash: hashOf(files), files };
}

/** Writes the files where nobody changes them, instead of what is there. One call at a time. Answers the folder. */
export async function writeFolderText({ hash, files }: FolderText, into: string): Promise<string> {
  const folder = join(into, hash);
  await mkdir(into, { recursive: true });
  const draft = await mkdtemp(`${folder}.`);
  for (const [name, text] of Object.entries(files)) {
    const path = join(draft, ...name.split('/'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
  return folder;
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const ours = entries.filter(({ name }) => !name.startsWith('.') && !NOT_OURS.has(name));
  const below = ours.filter((entry) => entry.isDirectory()).map(({ name }) => listFiles(join(folder, name)));
  const here = ours.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  return [...here, ...(await Promise.all(below)).flat()].sort();
}

function hashOf(files: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
