import { spawn } from 'node:child_process';
import { chownSync, closeSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../../runtime/errors.ts';
import { DEMO_ERRORS } from '../errors.ts';
import { openLog } from './server-files.ts';
import { type ServerUser, spawnAs } from './server-user.ts';

/**
 * Runs initdb beside `dataFolder` and puts the result in its place, so that one that is cut short leaves nothing that
 * could be taken for a cluster. Throws DEMO_POSTGRES_FAILED.
 */
export async function initialise(options: {
  folder: string;
  dataFolder: string;
  /** The program `initdb`. */
  program: string;
  user: ServerUser;
  password: string;
}): Promise<void> {
  const { folder, dataFolder, user } = options;
  const fresh = `${dataFolder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  rmSync(dataFolder, { recursive: true, force: true });
  const passwordFile = join(folder, 'initdb-password');
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (user.uid !== null) for (const own of [fresh, passwordFile]) chownSync(own, user.uid, user.gid!);
  const log = openLog(folder);
  try {
    const {
      file,
      args,
      options: spawnOptions,
    } = spawnAs(user, [
      options.program,
      `--pgdata=${fresh}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ]);
    const child = spawn(file, args, { ...spawnOptions, stdio: ['ignore', log, log], env: { LC_ALL: 'C' } });
    const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('exit', done));
    if (code !== 0) throw new MillraceError(DEMO_ERRORS.postgresFailed, `initdb ended with code ${code} in ${folder}`);
    renameSync(fresh, dataFolder);
  } finally {
    closeSync(log);
    rmSync(passwordFile, { force: true });
  }
}
