import { aborted } from '../../runtime/abortable.ts';
import type { Config } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { printReady, withoutPassword } from '../ready-line.ts';
import { startSystem } from '../system.ts';

/** Everything that the configuration names, until the signal. */
export async function up(options: {
  config: Config;
  logger: Logger;
  logLevel: string;
  signal: AbortSignal;
}): Promise<void> {
  const { config, signal } = options;
  const system = await startSystem(options);
  if (system === null) return;
  try {
    printReady({
      api: system.apiUrl,
      warehouse: system.warehouseUrl,
      sources: Object.fromEntries(config.sources.map(({ name, url }) => [name, withoutPassword(url)])),
    });
    await Promise.race([aborted(signal), system.failed]);
  } finally {
    await system.stop();
  }
}
