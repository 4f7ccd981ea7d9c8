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
