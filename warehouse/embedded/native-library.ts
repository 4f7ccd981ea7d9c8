import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MillraceError } from '../../runtime/errors.ts';
import { EMBEDDED_ERRORS } from './errors.ts';

const require = createRequire(import.meta.url);

/** Name of the package that holds the server for a platform, as npm names its platforms. */
export function libraryPackage(platform: string, architecture: string): string {
  return `@chdb/lib-${platform}-${architecture}${platform === 'linux' ? '-gnu' : ''}`;
}

/** Path of libchdb. Throws EMBEDDED_UNSUPPORTED_PLATFORM when the package is not there. */
export function locateLibrary(platform: string = process.platform, architecture: string = process.arch): string {
  const name = libraryPackage(platform, architecture);
  try {
    const path = join(dirname(require.resolve(`${name}/package.json`)), 'libchdb.so');
    if (existsSync(path)) return path;
  } catch (error) {
    throw new MillraceError(EMBEDDED_ERRORS.unsupportedPlatform, `package ${name} is not installed`, { cause: error });
  }
  throw new MillraceError(EMBEDDED_ERRORS.unsupportedPlatform, `package ${name} has no libchdb.so`);
}
