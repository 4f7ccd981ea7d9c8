import { aborted } from '../../runtime/abortable.ts';
import type { Config } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { embeddedFolder } from '../../warehouse/clickhouse/connect.ts';
import { startEmbeddedWarehouse } from '../../warehouse/embedded/embedded-warehouse.ts';
import { CLI_ERRORS } from '../errors.ts';

/** The embedded warehouse alone, until the signal. */
export async function warehouse(options: { config: Config; logger: Logger; signal: AbortSignal }): Promise<void> {
  const folder = embeddedFolder(options.config.warehouse);
  if (folder === null) throw new MillraceError(CLI_ERRORS.usage, '`warehouse.url` names an external server');
  const { port, nativePort, maxMemoryBytes } = options.config.warehouse;
  const server = await startEmbeddedWarehouse({ folder, port, nativePort, maxMemoryBytes, logger: options.logger });
  const { host, httpPort, users } = server.endpoint;
  const ready = {
    event: 'ready',
    warehouse: `http://reader:${users.reader}@${host}:${httpPort}`,
    native: `${host}:${server.endpoint.nativePort}`,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  await aborted(options.signal);
  await server.stop();
}
