import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../../runtime/errors.ts';
import { claim, type Release } from '../../runtime/owner-file.ts';
import { MODEL_ERRORS } from './errors.ts';

/** One process maintains the models of a state folder. Throws MR-MODEL-006 that names the holder. */
export async function lockModels(folder: string): Promise<Release> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'modeller.lock');
  const claimed = await claim(path);
  if (typeof claimed !== 'number') return claimed;
  throw new MillraceError(MODEL_ERRORS.stateFolderInUse, `process ${claimed} holds ${path}`);
}
