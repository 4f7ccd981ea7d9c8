import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../runtime/process-identity.ts';

/** What a running system says about itself in `<state folder>/run.json`; rewritten as things change. */
export interface RunFile {
  readonly supervisor: ProcessIdentity;
  readonly api: string;
  readonly parts: Readonly<Record<string, PartStatus>>;
  /** Per source: rows captured since the system was started. */
  readonly sources: Readonly<Record<string, SourceProgress>>;
}

/** One process of the running system. */
export interface PartStatus {
  readonly state: 'starting' | 'running' | 'restarting' | 'failed' | 'stopped';
  /** Null while none runs. */
  readonly pid: number | null;
  /** Where its metrics are, when it serves them itself (the API has them at /metrics). */
  readonly metrics?: string;
}

export interface SourceProgress {
  /** What capture is doing, in its own words. */
  readonly state: string;
  readonly capturedRows: number;
}

export function writeRunFile(folder: string, content: Omit<RunFile, 'supervisor'>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'run.json');
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ supervisor: identify(process.pid), ...content }, null, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(draft, path);
}

/** The file of a system that runs now, or null. */
export function readRunFile(folder: string): RunFile | null {
  try {
    const content = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunFile;
    return isAlive(content.supervisor) ? content : null;
  } catch {
    return null;
  }
}

export function removeRunFile(folder: string): void {
  rmSync(join(folder, 'run.json'), { force: true });
}
