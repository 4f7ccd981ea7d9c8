import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { installPython } from '../harness/python-environment.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const RUN_TIMEOUT_MS = 180_000;

export interface DbtResult {
  readonly code: number;
  readonly output: string;
}

/**
 * dbt-core and dbt-clickhouse from PyPI, installed outside of the repository when first needed, and kept. Throws when pip fails.
 * Answers the environment's Python.
 */
export function installDbt(): Promise<string> {
  return installPython({ name: 'dbt', requirements: REQUIREMENTS });
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
