import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

const heldHere = new Set<string>();

/** Lets go of the file; to be called once. */
export type Release = () => void;

/**
 * Makes this process the owner of what the file (absolute path) stands for. Answers its release, or the pid of the living
 * process that owns it. The file of a process that is gone is taken over; one that was just killed is given `patienceMs`
 * to go.
 */
export async function claim(path: string, { patienceMs = 0 } = {}): Promise<Release | number> {
  if (heldHere.has(path)) return process.pid;
  const own = JSON.stringify(identify(process.pid));
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = readOwner(path);
    if (owner === null || owner.pid === process.pid || !isAlive(owner)) rmSync(path, { force: true });
    else if (Date.now() < deadline) await delay(20);
    else return owner.pid;
  }
  heldHere.add(path);
  return () => {
    heldHere.delete(path);
    rmSync(path, { force: true });
  };
}

function readOwner(path: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}
