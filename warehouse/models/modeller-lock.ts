import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../../runtime/errors.ts';
import { identify, isAlive, type ProcessIdentity } from '../../runtime/process-identity.ts';
import { MODEL_ERRORS } from './errors.ts';

/**
 * One process maintains the models of a state folder. The lock of a process that is gone is taken over. Throws
 * MR-MODEL-006 that names the holder.
 */
export function lockModels(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'modeller.lock');
  const own = JSON.stringify(identify(process.pid));
  for (;;) {
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder !== null && holder.pid !== process.pid && isAlive(holder)) {
      throw new MillraceError(MODEL_ERRORS.stateFolderInUse, `process ${holder.pid} holds ${path}`);
    }
    rmSync(path, { force: true });
  }
}

function readHolder(path: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}
