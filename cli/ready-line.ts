/** The one line of JSON that says that everything answers. */
export interface ReadyLine {
  readonly api: string;
  /** URL of the warehouse's HTTP interface, with user and password of `reader` where it is ours. */
  readonly warehouse: string;
  /** Per source, the URL of its database. */
  readonly sources: Readonly<Record<string, string>>;
}

export function printReady(line: ReadyLine): void {
  process.stdout.write(`${JSON.stringify({ event: 'ready', ...line })}\n`);
}

/** A database's URL as it may be shown. */
export function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  parsed.searchParams.delete('password');
  return parsed.href;
}
