import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const JAVA_AT_LEAST = 17;
const DOWNLOAD_TIMEOUT_MS = 300_000;

/** A Java program as the dependencies of a pom file; kept outside of the repository under this name. */
export interface JavaProgram {
  readonly name: string;
  readonly pom: string;
}

/** Why it cannot be run on this machine; null when it can. */
export function lackingFor(program: JavaProgram): string | null {
  const version = versionOfJava();
  if (version === null) return `Java ${JAVA_AT_LEAST} or newer is not installed`;
  if (version < JAVA_AT_LEAST) return `Java ${JAVA_AT_LEAST} or newer is needed, this is ${version}`;
  if (!existsSync(folderOf(program)) && !isInstalled('mvn')) {
    return `Maven (mvn) is not installed, to fetch the ${program.name} with`;
  }
  return null;
}

/**
 * The folder with the program's jars: fetched with Maven when first needed, and kept. Several processes may ask at once.
 * Throws when Maven fails.
 */
export async function fetchJars(program: JavaProgram): Promise<string> {
  const folder = folderOf(program);
  if (existsSync(folder)) return folder;
  const parent = join(folder, '..');
  mkdirSync(parent, { recursive: true });
  const fresh = mkdtempSync(join(parent, 'fetching-'));
  try {
    copyFileSync(program.pom, join(fresh, 'pom.xml'));
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=libs'];
    await promisify(execFile)('mvn', ['-q', '-B', ...goal], { cwd: fresh, timeout: DOWNLOAD_TIMEOUT_MS }).catch(
      (error: Error & { stdout?: string }) => {
        throw new Error(`Maven did not fetch the ${program.name}: ${error.stdout ?? error.message}`, { cause: error });
      },
    );
    try {
      renameSync(join(fresh, 'libs'), folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // Else somebody else was quicker.
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** By what is in the pom: another version is another folder. */
function folderOf({ name, pom }: JavaProgram): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const digest = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  return join(cache, 'millrace', `${name}-${digest}`);
}

function versionOfJava(): number | null {
  try {
    const text = execFileSync('java', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(/\b(\d+)[.\d]*/.exec(text)?.[1] ?? 0);
  } catch {
    return null;
  }
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
