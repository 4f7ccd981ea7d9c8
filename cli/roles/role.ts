import type { Config } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Supervisor } from '../../runtime/supervision/run-supervised.ts';

/** What every part of the system is given; it runs until `signal`, and then drains and returns. */
export interface RoleOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly supervisor: Supervisor;
  /** Where its own metrics are served; the default is a free port of this machine alone. */
  readonly metricsAddress?: MetricsAddress;
}

export interface MetricsAddress {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
}

export const LOCAL_METRICS: MetricsAddress = { host: '127.0.0.1', port: 0 };
