import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot and start time; empty where the system does not tell, and then only the pid counts. */
  readonly startedAt: string;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, startedAt: startOf(pid) };
}

/** True while that very process exists and has not ended. */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  return isRunning(pid) && startOf(pid) === startedAt;
}

/** True when a process with this pid exists, whoever owns it. A zombie has ended: nobody but its parent sees it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const state = process.platform === 'linux' ? statFields(pid)?.[0] : undefined;
  return state !== 'Z' && state !== 'X';
}

/** The command line, arguments separated by blanks; null when there is no such process. */
export function commandLine(pid: number): string | null {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  return readOrNull(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() ?? null;
}

function startOf(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'lstart=') ?? '';
  const boot = readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  const ticks = statFields(pid)?.[19];
  return ticks === undefined ? '' : `${boot}:${ticks}`;
}

/** Fields of /proc/PID/stat from the third (the state) on: the second may contain blanks and parentheses (proc(5)). */
function statFields(pid: number): string[] | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

function ps(pid: number, column: string): string | null {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}
