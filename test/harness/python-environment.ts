import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PYTHON_AT_LEAST = [3, 11] as const;
const INSTALL_TIMEOUT_MS = 300_000;

/** Why nothing of Python can be run on this machine; null when it can. */
export function lackingForPython(): string | null {
  const [major, minor] = PYTHON_AT_LEAST;
  try {
    const script = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${major}, ${minor}))`;
    execFileSync('python3', ['-c', script], { stdio: 'ignore' });
    return null;
  } catch {
    return `Python ${major}.${minor} or newer with venv and pip is not installed`;
  }
}

/**
 * Packages from PyPI, installed outside of the repository when first needed, and kept. Several processes may ask at once. Throws
 * when pip fails. Answers the environment's Python.
 */
export async function installPython(options: {
  /** Names the environment. */
  name: string;
  /** A requirements.txt; another content is another environment. */
  requirements: string;
}): Promise<string> {
  const { name, requirements } = options;
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cache, `${name}-${digest}`);
  if (existsSync(folder)) return pythonIn(folder);
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'fetching-'));
  try {
    const run = (program: string, args: readonly string[]) =>
      promisify(execFile)(program, args, { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 64 * 1024 ** 2 });
    await run('python3', ['-m', 'venv', fresh]);
    const quiet = ['--quiet', '--no-input', '--disable-pip-version-check'];
    await run(pythonIn(fresh), ['-m', 'pip', 'install', ...quiet, '-r', requirements]);
    try {
      renameSync(fresh, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // Else somebody else was quicker.
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return pythonIn(folder);
}

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python3');
}
