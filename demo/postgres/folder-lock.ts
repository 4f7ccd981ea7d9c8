import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MillraceError } from '../../runtime/errors.ts';
import { DEMO_ERRORS } from '../errors.ts';
import { isAlive, processIdentity } from './process-identity.ts';

const heldHere = new Set<string>();
const PATIENCE_MS = 1000;

/**
 * One process at a time may run a server over `folder` (absolute, existing). Returns the release, to be called once.
 * A lock whose holder is gone is taken over; one that was just killed is given a moment to go. Throws
 * DEMO_FOLDER_IN_USE.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const file = join(folder, 'owner.json');
  if (heldHere.has(folder)) throw new MillraceError(DEMO_ERRORS.folderInUse, `${folder} is in use by this process`);
  const own = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) });
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      writeFileSync(file, own, { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = livingHolder(file);
      if (holder === null) rmSync(file, { force: true });
      else if (Date.now() < deadline) await delay(20);
      else throw new MillraceError(DEMO_ERRORS.folderInUse, `${folder} is in use by process ${holder}`);
    }
  }
  heldHere.add(folder);
  return () => {
    heldHere.delete(folder);
    rmSync(file, { force: true });
  };
}

function livingHolder(file: string): number | null {
  try {
    const { pid, identity } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; identity: string | null };
    if (pid === process.pid || !isAlive(pid)) return null;
    return identity === null || processIdentity(pid) === identity ? pid : null;
  } catch {
    return null;
  }
}
