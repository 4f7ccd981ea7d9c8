/** The logs of a change log's sources: one for each, a former one is drained before the next is opened. */
export interface SourceLogs<Log> {
  open(source: string, make: () => Promise<Log>): Promise<Log>;
  /** Drains all of them, then releases what they share. A second call waits for the first. */
  close(): Promise<void>;
}

export function createSourceLogs<Log extends { drain(): Promise<void> }>(
  release: () => Promise<void>,
): SourceLogs<Log> {
  const logs = new Map<string, Log>();
  let closed: Promise<void> | null = null;
  return {
    async open(source, make) {
      // What the former one fails with was told to whoever used it.
      await logs
        .get(source)
        ?.drain()
        .catch(() => {});
      const log = await make();
      logs.set(source, log);
      return log;
    },
    close() {
      closed ??= Promise.allSettled([...logs.values()].map((log) => log.drain())).then(release);
      return closed;
    },
  };
}
