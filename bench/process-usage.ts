import { readdirSync, readFileSync } from 'node:fs';

const KIB = 1024;
const SAMPLE_MS = 20;
/** Of `times` in /proc/<pid>/stat: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface MemoryPeak {
  /** Peak of everything resident, as the kernel kept it (VmHWM), in bytes. */
  readonly residentBytes: number;
  /** Peak of what is not backed by files (RssAnon), as sampled, in bytes. */
  readonly anonymousBytes: number;
}

/** Watches a process's memory until `peak` is asked for; that must be while it still runs. */
export function watchMemory(pid: number): { peak(): MemoryPeak; end(): void } {
  let anonymousBytes = 0;
  const sample = (): void => {
    anonymousBytes = Math.max(anonymousBytes, statusBytes(pid, 'RssAnon'));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    peak() {
      sample();
      return { residentBytes: statusBytes(pid, 'VmHWM'), anonymousBytes };
    },
    end: () => clearInterval(timer),
  };
}

/** One field of /proc/<pid>/status; 0 when the process has just ended. */
export function statusBytes(pid: number, field: string): number {
  try {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return Number(match?.[1] ?? 0) * KIB;
  } catch {
    return 0;
  }
}

/** CPU time that a process has used so far, of all its threads, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Pid of the process below `parent` whose command line has `text`; undefined when there is none. */
export function childWith(parent: number, text: string): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== parent) continue;
      if (readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').includes(text)) return Number(name);
    } catch {
      // It ended while we looked.
    }
  }
  return undefined;
}
