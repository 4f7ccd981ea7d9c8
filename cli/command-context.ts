import type { Config } from '../runtime/config/config.ts';
import type { Logger } from '../runtime/logger.ts';

/** What commands have of the process that they run in. */
export interface CommandContext {
  /** Reads the configuration that the options name. Throws ConfigError. */
  readonly load: (options: { config?: string; logLevel: string }) => Config;
  /** Runs until it is done or the process is asked to stop. */
  readonly foreground: (
    name: string,
    logLevel: string,
    run: (signal: AbortSignal, logger: Logger) => Promise<void>,
  ) => Promise<void>;
  readonly cwd: string;
}
