/** What `postmaster.pid` says, https://www.postgresql.org/docs/18/storage-file-layout.html */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | null;
  readonly ready: boolean;
}

/** Null when the text is not (or not yet) that of a server's lock file. */
export function parsePostmasterFile(text: string): PostmasterFile | null {
  const lines = text.split('\n');
  const pid = Number(lines[0]?.trim());
  // A negative pid is a stand-alone backend (initdb's bootstrap).
  if (!Number.isInteger(pid) || pid === 0) return null;
  const port = Number(lines[3]?.trim() || Number.NaN);
  return { pid: Math.abs(pid), port: Number.isInteger(port) ? port : null, ready: lines[7]?.trim() === 'ready' };
}

/**
 * The same file with another pid in its first line. Postgres ignores a pid that is its parent's, but still looks at
 * the shared memory segment that the file names, so backends that outlived their postmaster are noticed.
 */
export function withPid(text: string, pid: number): string {
  return text.replace(/^-?\d+/, String(pid));
}
