import type { Config } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Supervisor } from '../../runtime/supervision/run-supervised.ts';

/** What every part of the system is given; it runs until `signal`, and then drains and returns. */
export interface RoleOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly supervisor: Supervisor;
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
