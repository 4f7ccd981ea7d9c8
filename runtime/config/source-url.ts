import { isAbsolute, resolve } from 'node:path';
import type { ConfigProblem } from './errors.ts';
import type { PasswordFile } from './password-file.ts';

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const CHANNEL_BINDINGS = ['disable', 'prefer', 'require'];
const FILES = ['sslrootcert', 'sslcert', 'sslkey'];

export interface SourceUrlContext {
  /** Folder of the configuration file. */
  readonly folder: string;
  /** Of the source; wins over the one in the url. */
  readonly password?: string | undefined;
  readonly passwordFile: PasswordFile;
  readonly isReadable: (path: string) => boolean;
}

/** The url with its password and with absolute paths. */
export function completeSourceUrl(text: string, context: SourceUrlContext): string {
  const url = new URL(text);
  const before = url.href;
  if (context.password !== undefined) url.password = encodeURIComponent(context.password);
  else if (url.password === '' && !url.searchParams.has('password')) {
    const found = context.passwordFile.find({
      host: url.hostname.replace(/^\[|\]$/g, '') || 'localhost',
      port: url.port || '5432',
      database: decodeURIComponent(url.pathname.slice(1)),
      user: decodeURIComponent(url.username),
    });
    if (found !== null) url.password = encodeURIComponent(found);
  }
  for (const name of FILES) {
    const path = url.searchParams.get(name);
    if (path !== null && path !== 'system' && !isAbsolute(path))
      url.searchParams.set(name, resolve(context.folder, path));
  }
  return url.href === before ? text : url.href;
}

/** What is wrong with the url's parameters. Values are not repeated. */
export function sourceUrlProblems(text: string, path: string, context: SourceUrlContext): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const url = new URL(text);
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !MODES.includes(mode)) {
    problems.push({ path, message: `sslmode must be ${MODES.join(', ')}` });
  }
  for (const name of FILES) {
    const file = url.searchParams.get(name);
    if (file === null || file === 'system') continue;
    const absolute = resolve(context.folder, file);
    if (!context.isReadable(absolute)) problems.push({ path, message: `${name}: cannot read the file ${absolute}` });
  }
  if (mode === 'verify-ca' && !url.searchParams.has('sslrootcert')) {
    problems.push({ path, message: 'sslmode=verify-ca needs sslrootcert' });
  }
  if (url.searchParams.has('sslcert') !== url.searchParams.has('sslkey')) {
    problems.push({ path, message: 'sslcert and sslkey belong together' });
  }
  const binding = url.searchParams.get('channel_binding');
  if (binding !== null && !CHANNEL_BINDINGS.includes(binding)) {
    problems.push({ path, message: `channel_binding must be ${CHANNEL_BINDINGS.join(', ')}` });
  }
  const timeout = url.searchParams.get('connect_timeout');
  if (timeout !== null && !/^\d{1,6}$/.test(timeout)) {
    problems.push({ path, message: 'connect_timeout must be a whole number of seconds' });
  }
  return problems;
}
