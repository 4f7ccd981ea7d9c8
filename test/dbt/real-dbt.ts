import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const PYTHON_AT_LEAST = [3, 11] as const;
const INSTALL_TIMEOUT_MS = 300_000;
const RUN_TIMEOUT_MS = 180_000;

export interface DbtResult {
  readonly code: number;
  readonly output: string;
}

/** Why dbt cannot be run on this machine; null when it can. */
export function lackingForDbt(): string | null {
  const [major, minor] = PYTHON_AT_LEAST;
  const needed = `Python ${major}.${minor} or newer with venv and pip`;
  try {
    const script = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${major}, ${minor}))`;
    execFileSync('python3', ['-c', script], { stdio: 'ignore' });
    return null;
  } catch {
    return `${needed} is not installed`;
  }
}

/**
 * dbt-core and dbt-clickhouse from PyPI, installed outside of the repository when first needed, and kept. Several
 * processes may ask at once. Throws when pip fails. Answers the environment's Python.
 */
export async function installDbt(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace');
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(cache, `dbt-${digest}`);
  if (existsSync(folder)) return pythonIn(folder);
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'fetching-'));
  try {
    const run = (program: string, args: readonly string[]) =>
      promisify(execFile)(program, args, { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 64 * 1024 ** 2 });
    await run('python3', ['-m', 'venv', fresh]);
    const quiet = ['--quiet', '--no-input', '--disable-pip-version-check'];
    await run(pythonIn(fresh), ['-m', 'pip', 'install', ...quiet, '-r', REQUIREMENTS]);
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

/** Runs dbt on the project folder; what it writes goes into `target`, nothing into the project. */
export async function runDbt(options: {
  python: string;
  args: readonly string[];
  project: string;
  target: string;
  env?: Readonly<Record<string, string>>;
}): Promise<DbtResult> {
  const { python, args, project, target, env = {} } = options;
  // As a module: the scripts of an environment that was moved name the place where it was made.
  const command = [
    '-m',
    'dbt.cli.main',
    '--no-use-colors',
    ...args,
    '--project-dir',
    project,
    '--profiles-dir',
    project,
  ];
  return new Promise((resolve, reject) => {
    execFile(
      python,
      command,
      {
        cwd: target,
        timeout: RUN_TIMEOUT_MS,
        maxBuffer: 64 * 1024 ** 2,
        env: {
          ...process.env,
          DBT_TARGET_PATH: join(target, 'target'),
          DBT_LOG_PATH: join(target, 'logs'),
          DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
          PYTHONDONTWRITEBYTECODE: '1',
          ...env,
        },
      },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ code: Number(error?.code ?? 0), output: `${stdout}${stderr}` });
      },
    );
  });
}

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python3');
}
