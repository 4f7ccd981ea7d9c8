import type { Logger } from '../../runtime/logger.ts';
import type { AuditRow } from '../../warehouse/access/audit-log.ts';

/** Takes what was asked, and writes it beside the requests. */
export interface AuditQueue {
  /** Never waits; what does not fit is lost, and counted. */
  add(row: AuditRow): void;
  /** Writes what is left, if it can be. */
  close(): Promise<void>;
}

const MAX_ROWS = 10_000;
const BATCH_ROWS = 1_000;
const INTERVAL_MS = 1_000;

export function createAuditQueue(options: {
  write: (rows: readonly AuditRow[]) => Promise<void>;
  onLost: (reason: 'full' | 'closed', rows: number) => void;
  logger: Logger;
  intervalMs?: number;
  maxRows?: number;
}): AuditQueue {
  const { write, onLost, logger, intervalMs = INTERVAL_MS, maxRows = MAX_ROWS } = options;
  let waiting: AuditRow[] = [];
  let writing: Promise<void> | null = null;
  let isFailing = false;
  let isClosed = false;
  const timer = setInterval(() => void flush(), intervalMs).unref();

  function flush(): Promise<void> {
    writing ??= writeWaiting().finally(() => {
      writing = null;
    });
    return writing;
  }

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_ROWS);
      try {
        await write(batch);
      } catch (error) {
        // Kept, and tried again: the warehouse comes back, or the queue fills up.
        if (!isFailing) logger.warn({ err: error, rows: waiting.length }, 'the audit log cannot be written');
        isFailing = true;
        return;
      }
      if (isFailing) logger.info({}, 'the audit log is written again');
      isFailing = false;
      waiting = waiting.slice(batch.length);
    }
  }

  return {
    add(row) {
      if (isClosed || waiting.length >= maxRows) return onLost(isClosed ? 'closed' : 'full', 1);
      waiting.push(row);
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      // One that is under way took what there was when it began.
      await flush();
      await flush();
      if (waiting.length > 0) onLost('closed', waiting.length);
      waiting = [];
    },
  };
}
