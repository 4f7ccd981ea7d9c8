import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot; empty where /proc is missing, and then only the pid counts. */
  readonly startedAt: string;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, startedAt: startTicks(pid) };
}

/** True while that very process exists and is not a zombie. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' && identity.startedAt === startTicks(identity.pid);
  }
  return identity.startedAt === startTicks(identity.pid);
}

/** Field 22 of /proc/<pid>/stat (proc(5)); the name in field 2 may hold blanks and parentheses. Zombies have none. */
function startTicks(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'gone';
    return fields[19] ?? '';
  } catch {
    return '';
  }
}
