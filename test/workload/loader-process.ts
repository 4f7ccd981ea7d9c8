import { flushCompileCache } from 'node:module';
import { loadFromKafka } from '../../cli/roles/kafka-log.ts';
import { armFailpoint } from '../../runtime/failpoint.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { configOf } from './config-under-test.ts';
import type { LoaderStart } from './loader-under-test.ts';

// A loader of one source in a process of its own, that tests can kill: `node loader-process.ts <JSON of LoaderStart>`.

flushCompileCache(); // Before somebody kills it.
const start = JSON.parse(process.argv[2] ?? '') as LoaderStart;
armFailpoint(start.failpoint);
const logger = createLogger({ name: 'loader', level: start.logLevel });
const client = await connect({ config: start.warehouse, role: 'millrace', logger });
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
// Whoever started it has ended.
process.stdin.once('close', () => process.exit(1)).resume();
const { kafka } = start;
const { signal } = stop;
await loadFromKafka({
  config: configOf(start),
  kafka,
  client,
  logger,
  journal: true,
  onLoaded: () => {},
  rounds: null,
  signal,
});
await client.close();
process.exit();
