import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const START_MS = 30_000;
const MAX_OUTPUT_BYTES = 64 * 1024 ** 2;

/** A Docker daemon, one that runs already or one of our own. */
export interface Docker {
  readonly isOwn: boolean;
  /** What its clients need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** `docker ...`: its standard output. Rejects with what it wrote to standard error. */
  docker(args: readonly string[], options?: RunOptions): Promise<string>;
  /** `docker compose ...`, or `docker-compose ...` where that is what there is. */
  compose(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Ends the daemon if it is ours. What it has built stays for the next time. */
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Standard error after standard output. */
  readonly withErrors?: boolean;
}

/** Why there is no Docker here, and none can be started; null when there is or can be. */
export function lackingForDocker(): string | null {
  if (composeCommand() === null) return 'neither `docker compose` nor `docker-compose` is installed';
  if (answers({})) return null;
  if (!isInstalled('dockerd')) return 'no Docker daemon answers, and dockerd is not installed';
  if (process.getuid?.() !== 0) return 'no Docker daemon answers, and only root can start one';
  return null;
}

/** The daemon that answers; else one of our own, whose images are kept in the user's cache folder. */
export async function startDocker(): Promise<Docker> {
  const lacking = lackingForDocker();
  if (lacking !== null) throw new Error(lacking);
  if (answers({})) return open({}, null);
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace', 'docker');
  mkdirSync(folder, { recursive: true });
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const env = { DOCKER_HOST: socket };
  const pidFile = join(folder, 'dockerd.pid');
  const paths = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', pidFile];
  const log = openSync(join(folder, 'dockerd.log'), 'w');
  const daemon = spawn('dockerd', [...paths, '--host', socket, '--default-ulimit', 'nofile=20000:20000'], {
    stdio: ['ignore', log, log],
    detached: true, // A Ctrl-C ends the test, which ends the containers first.
  });
  let ended = false;
  daemon.once('exit', () => {
    ended = true;
  });
  for (const deadline = Date.now() + START_MS; !answers(env); ) {
    if (ended || Date.now() > deadline) {
      daemon.kill();
      const text = readFileSync(join(folder, 'dockerd.log'), 'utf8').slice(-2_000);
      throw new Error(`dockerd did not start:\n${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return open(env, async () => {
    const gone = new Promise((resolve) => daemon.once('exit', resolve));
    if (!ended) {
      daemon.kill('SIGTERM');
      await gone;
    }
  });
}

function open(env: Readonly<Record<string, string>>, end: (() => Promise<void>) | null): Docker {
  const call = async (command: readonly string[], args: readonly string[], options: RunOptions): Promise<string> => {
    const [program = '', ...words] = command;
    const { stdout, stderr } = await run(program, [...words, ...args], {
      env: { ...process.env, ...env, ...options.env },
      maxBuffer: MAX_OUTPUT_BYTES,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    }).catch((error: Error & { stderr?: string }) => {
      const text = String(error.stderr ?? error.message).slice(-4_000);
      throw new Error(`${program} ${words.join(' ')} ${args.join(' ')}:\n${text}`, { cause: error });
    });
    return options.withErrors === true ? stdout + stderr : stdout;
  };
  return {
    isOwn: end !== null,
    env,
    docker: (args, options = {}) => call(['docker'], args, options),
    compose: (args, options = {}) => call(composeCommand() ?? [], args, options),
    stop: async () => end?.(),
  };
}

function composeCommand(): readonly string[] | null {
  if (succeeds('docker', ['compose', 'version'], {})) return ['docker', 'compose'];
  return isInstalled('docker-compose') ? ['docker-compose'] : null;
}

function answers(env: Readonly<Record<string, string>>): boolean {
  const socket = env.DOCKER_HOST?.replace('unix://', '');
  if (socket !== undefined && !existsSync(socket)) return false;
  return succeeds('docker', ['version'], env);
}

function isInstalled(program: string): boolean {
  return succeeds('sh', ['-c', `command -v ${program}`], {});
}

function succeeds(program: string, args: readonly string[], env: Readonly<Record<string, string>>): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore', timeout: 10_000, env: { ...process.env, ...env } });
    return true;
  } catch {
    return false;
  }
}
