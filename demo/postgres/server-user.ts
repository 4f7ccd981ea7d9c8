import { execFileSync, type SpawnOptions } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { MillraceError } from '../../runtime/errors.ts';
import { DEMO_ERRORS } from '../errors.ts';

/** How the server's programs are started: as ourselves, or, by root, as somebody without its rights. */
export interface ServerUser {
  /** Null when the programs run as the user that we are. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** Program and arguments to put before the command; empty when `spawn` changes the user by itself. */
  readonly prefix: readonly string[];
}

/**
 * Postgres refuses to run as root. By root it runs as the owner of `dataFolder` if there is one already, else as
 * `postgres`, else as `nobody`; no user is created. `paths` (absolute) must be reachable for that user; where the
 * modes of folders above forbid it (typically root's home), the server is given the capability to pass folders, and nothing
 * else of root's. Throws DEMO_NO_SERVER_USER, DEMO_FOLDER_UNREACHABLE.
 */
export function chooseServerUser(options: { dataFolder: string; paths: readonly string[] }): ServerUser {
  if (process.getuid?.() !== 0) return { uid: null, gid: null, prefix: [] };
  const { uid, gid } = ownerOf(options.dataFolder) ?? lookUpUser('postgres') ?? lookUpUser('nobody') ?? noUser();
  const blocked = options.paths.map((path) => firstClosedFolder(path, { uid, gid })).find((path) => path !== null);
  if (blocked === undefined) return { uid, gid, prefix: [] };
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/sbin/setpriv'].find((file) => existsSync(file));
  const capability = passingCapability();
  if (setpriv === undefined || capability === null) {
    throw new MillraceError(DEMO_ERRORS.folderUnreachable, `user ${uid} may not enter ${blocked}`);
  }
  const capabilities = `-all,+${capability}`;
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const rights = [`--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`, `--bounding-set=${capabilities}`];
  return { uid, gid, prefix: [setpriv, ...ids, ...rights] };
}

/** Splits a command into what `spawn` takes. */
export function spawnAs(
  user: ServerUser,
  command: readonly [string, ...string[]],
): { file: string; args: string[]; options: SpawnOptions } {
  const [file, ...args] = [...user.prefix, ...command] as [string, ...string[]];
  const changes = user.uid !== null && user.gid !== null && user.prefix.length === 0;
  return { file, args, options: changes ? { uid: user.uid!, gid: user.gid! } : {} };
}

/** The folder nearest to the root, at or above `path`, that the user may not enter; null when there is none. */
export function firstClosedFolder(path: string, user: { uid: number; gid: number }): string | null {
  const parent = dirname(path);
  const above = parent === path ? null : firstClosedFolder(parent, user);
  if (above !== null) return above;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) return null;
  return mayEnter(stat, user) ? null : path;
}

function mayEnter(stat: { mode: number; uid: number; gid: number }, user: { uid: number; gid: number }): boolean {
  if (stat.uid === user.uid) return (stat.mode & 0o100) !== 0;
  if (stat.gid === user.gid) return (stat.mode & 0o010) !== 0;
  return (stat.mode & 0o001) !== 0;
}

function ownerOf(folder: string): { uid: number; gid: number } | null {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat === undefined || stat.uid === 0 ? null : { uid: stat.uid, gid: stat.gid };
}

function lookUpUser(name: string): { uid: number; gid: number } | null {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
    );
    return { uid: uid!, gid: gid! };
  } catch {
    return null;
  }
}

function noUser(): never {
  throw new MillraceError(DEMO_ERRORS.noServerUser, 'no user to run Postgres as');
}

/** The weakest capability we may hand on that opens folders, https://man7.org/linux/man-pages/man7/capabilities.7.html */
function passingCapability(): string | null {
  try {
    const held = /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    const bits = BigInt(`0x${held ?? '0'}`);
    if (bits & (1n << 2n)) return 'dac_read_search';
    if (bits & (1n << 1n)) return 'dac_override';
  } catch {
    // No /proc: not Linux.
  }
  return null;
}
