import type { Config } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { runModels } from '../models/main.ts';

// Keeps the models of a warehouse up to date, in a process of its own that tests can stop and kill. Tells each published state.

const { config, leaseMs } = JSON.parse(process.argv[2] ?? '') as { config: Config; leaseMs: number };
const ending = new AbortController();
process.once('disconnect', () => ending.abort());
await runModels({
  config,
  leaseMs,
  logger: createLogger({ name: 'models', level: 'warn' }),
  signal: ending.signal,
  watch: true,
  onPublished: ({ watermark }) => process.send?.(watermark),
});
process.exit(0);
