import { join } from 'node:path';
import { MillraceError } from '../../runtime/errors.ts';
import { claim, type Release } from '../../runtime/owner-file.ts';
import { DEMO_ERRORS } from '../errors.ts';

const PATIENCE_MS = 1000;

/** One process at a time may run a server over `folder` (absolute, existing). Throws DEMO_FOLDER_IN_USE. */
export async function lockFolder(folder: string): Promise<Release> {
  const claimed = await claim(join(folder, 'owner.json'), { patienceMs: PATIENCE_MS });
  if (typeof claimed !== 'number') return claimed;
  const holder = claimed === process.pid ? 'this process' : `process ${claimed}`;
  throw new MillraceError(DEMO_ERRORS.folderInUse, `${folder} is in use by ${holder}`);
}
