import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from '../../runtime/logger.ts';
import { commandLine, isRunning } from '../../runtime/process-identity.ts';
import { findPostgresBinaries, type PostgresBinaries } from './binaries.ts';
import { lockFolder } from './folder-lock.ts';
import { initialise } from './initialise.ts';
import { parsePostmasterFile, withPid } from './postmaster-file.ts';
import { readIfThere } from './server-files.ts';
import { endServer, startServer } from './server-process.ts';
import { chooseServerUser, type ServerUser } from './server-user.ts';

export interface EmbeddedPostgres {
  readonly port: number;
  /** Pid of the postmaster. */
  readonly pid: number;
  /** Connection URL with password; `user` is the superuser `postgres` unless another (with its password) is given. */
  url(database: string, user?: { name: string; password: string }): string;
  /** Fast shutdown; immediate if that takes over 15 s. A second call waits for the first. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** The server's own folder: `data/`, `postgres.log`, `password`, `owner.json`. Made if missing. */
  folder: string;
  /** 0 (the default) picks a free port. */
  port?: number;
  logger?: Logger;
}

/**
 * Starts a real Postgres 18 over `folder`, initialising it the first time. It listens on 127.0.0.1 only, with a random
 * superuser password. A server left over by a process that was killed is stopped cleanly first. The server has a
 * process group of its own, so that Ctrl-C reaches us alone and we decide when it stops.
 * Throws DEMO_FOLDER_IN_USE, DEMO_PORT_IN_USE, DEMO_FOLDER_UNREACHABLE, DEMO_POSTGRES_FAILED and others of DEMO_ERRORS.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder);
  const dataFolder = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  const binaries = findPostgresBinaries();
  const unlock = await lockFolder(folder);
  try {
    const left = await stopLeftover(dataFolder, options.logger);
    const user = prepareFolder(folder, dataFolder, binaries);
    const password = readOrMakePassword(folder);
    if (!existsSync(join(dataFolder, 'PG_VERSION')))
      await initialise({ folder, dataFolder, program: binaries.initdb, user, password });
    const { child, port } = await startServer({
      folder,
      dataFolder,
      program: binaries.postgres,
      user,
      left,
      port: options.port ?? 0,
    });
    const pid = child.pid!;
    options.logger?.info({ pid, port }, 'postgres started');
    let stopping: Promise<void> | undefined;
    child.once('exit', (code, signal) => {
      if (stopping === undefined) options.logger?.error({ pid, code, signal }, 'postgres ended by itself');
    });
    return {
      port,
      pid,
      url: (database, role = { name: 'postgres', password }) =>
        `postgres://${encodeURIComponent(role.name)}:${encodeURIComponent(role.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
      stop() {
        stopping ??= endServer(pid).then(() => {
          unlock();
          options.logger?.info({ pid }, 'postgres stopped');
        });
        return stopping;
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Stops a server that outlived its parent. True when a lock file of an earlier run was there. */
async function stopLeftover(dataFolder: string, logger: Logger | undefined): Promise<boolean> {
  const file = join(dataFolder, 'postmaster.pid');
  const text = readIfThere(file);
  if (text === null) return false;
  const left = parsePostmasterFile(text);
  if (left === null || !isRunning(left.pid)) return true;
  if (commandLine(left.pid)?.includes(`-D ${dataFolder} `)) {
    logger?.info({ pid: left.pid }, 'stopping a postgres that was left over');
    await endServer(left.pid);
  } else {
    // The pid now belongs to somebody else, which Postgres cannot tell.
    writeFileSync(file, withPid(text, process.pid));
  }
  return true;
}

/** Makes `dataFolder`, the server's own, inside ours. */
function prepareFolder(folder: string, dataFolder: string, binaries: PostgresBinaries): ServerUser {
  const user = chooseServerUser({ dataFolder, paths: [dirname(folder), binaries.postgres] });
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  if (user.uid !== null) {
    // It may pass through our folder, not list or change it.
    chmodSync(folder, (statSync(folder).mode & 0o7777) | 0o011);
    chownSync(dataFolder, user.uid, user.gid!);
  }
  return user;
}

function readOrMakePassword(folder: string): string {
  const file = join(folder, 'password');
  const password = readIfThere(file)?.trim();
  if (password) return password;
  const made = randomBytes(24).toString('base64url');
  writeFileSync(`${file}.new`, `${made}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return made;
}
