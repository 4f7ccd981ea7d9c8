/** The API in a process of its own, so that its memory is its own: prints its address, ends when its input does. */

import { startApi } from '../api/server.ts';
import { createLogger } from '../runtime/logger.ts';

const api = await startApi({
  config: {
    api: { host: '127.0.0.1', port: 0 },
    warehouse: { url: process.argv[2] ?? '', port: 0, nativePort: 0, maxMemoryBytes: 0, stateFolder: '' },
  },
  logger: createLogger({ name: 'bench-api', level: 'warn' }),
});
process.send?.(api.url);
process.once('disconnect', () => void api.close().then(() => process.exit(0)));
