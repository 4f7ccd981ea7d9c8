import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DataType, load, open } from 'ffi-rs';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { identify, isAlive, type ProcessIdentity } from '../../runtime/process-identity.ts';
import { EMBEDDED_ERRORS } from './errors.ts';

const LOCK_EXCLUSIVE_NON_BLOCKING = 2 | 4;
/** How long a server may take to notice that its parent is gone; then it is killed. */
const ORPHAN_GRACE_MS = 2_000;
const LOCK_TIMEOUT_MS = 10_000;

/**
 * The lock of a warehouse's folder: flock(2) on `<folder>/lock`. The kernel lets go of it when the last process that
 * holds the descriptor is gone. The server process inherits the descriptor, so a server that outlived its parent still
 * holds the lock, and can be found by what the file says.
 */
export interface FolderLock {
  /** To be inherited by the server process. */
  readonly descriptor: number;
  /** Writes down which server process this lock's holder runs now. */
  recordServer(pid: number): void;
  release(): void;
}

interface LockFile {
  readonly holder: ProcessIdentity;
  readonly server: ProcessIdentity | null;
}

/** Throws EMBEDDED_FOLDER_LOCKED while a living parent holds the lock; ends a server whose parent is gone. */
export async function lockFolder(options: { folder: string; logger: Logger }): Promise<FolderLock> {
  const path = join(options.folder, 'lock');
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const startedAtMs = Date.now();
  let killed = false;
  while (!tryLock(descriptor)) {
    const content = readLockFile(path);
    if (content !== null && isAlive(content.holder)) {
      closeSync(descriptor);
      throw new MillraceError(
        EMBEDDED_ERRORS.locked,
        `process ${content.holder.pid} runs a warehouse in ${options.folder}`,
      );
    }
    if (Date.now() - startedAtMs > LOCK_TIMEOUT_MS) {
      closeSync(descriptor);
      throw new MillraceError(EMBEDDED_ERRORS.locked, `an unknown process holds the lock of ${options.folder}`);
    }
    // The holder is gone, its server not yet: it ends itself when it notices (parent-watch.ts); help it along.
    const server = content?.server;
    if (!killed && server && isAlive(server) && Date.now() - startedAtMs > ORPHAN_GRACE_MS) {
      options.logger.warn({ serverPid: server.pid }, 'killing a server process whose parent is gone');
      process.kill(server.pid, 'SIGKILL');
      killed = true;
    }
    await delay(50);
  }
  const holder = identify(process.pid);
  const write = (content: LockFile): void => {
    ftruncateSync(descriptor);
    writeSync(descriptor, JSON.stringify(content), 0);
  };
  write({ holder, server: null });
  let released = false;
  return {
    descriptor,
    recordServer: (pid) => write({ holder, server: identify(pid) }),
    release: () => {
      if (released) return;
      released = true;
      closeSync(descriptor);
    },
  };
}

function readLockFile(path: string): LockFile | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockFile;
  } catch {
    return null; // empty, or just being written by a holder who won the lock
  }
}

let libcOpened = false;

function tryLock(descriptor: number): boolean {
  if (!libcOpened) {
    open({ library: 'libc', path: process.platform === 'darwin' ? 'libSystem.B.dylib' : 'libc.so.6' });
    libcOpened = true;
  }
  const result = load({
    library: 'libc',
    funcName: 'flock',
    retType: DataType.I32,
    paramsType: [DataType.I32, DataType.I32],
    paramsValue: [descriptor, LOCK_EXCLUSIVE_NON_BLOCKING],
  });
  return result === 0;
}
