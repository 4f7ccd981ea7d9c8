import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const DEBIAN_FOLDER = '/usr/lib/postgresql';

/**
 * Path of a program of Postgres's own client tools: on the PATH, or where Debian puts it (the newest version).
 * Throws an error that says how to get it.
 */
export function postgresProgram(name: 'pg_recvlogical' | 'psql'): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = [...debianFolders(), ...folders].map((folder) => join(folder, name)).find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    `${name} is missing: it is the reference that the figures are compared with. It comes with Postgres's client ` +
      'tools (Debian: apt-get install postgresql-client), which the npm package of the server does not have.',
  );
}

function debianFolders(): string[] {
  try {
    const versions = readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(DEBIAN_FOLDER, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program to its end, its output thrown away; resolves with the seconds from start to exit. */
export function timeProgram(program: string, options: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(program, options, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve((performance.now() - startedAt) / 1000);
      else reject(new Error(`${program} ended with ${code}: ${errors.trim()}`));
    });
  });
}
