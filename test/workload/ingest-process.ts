import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { openLog } from '../../cli/roles/open-log.ts';
import { createCapture } from '../../ingest/capture.ts';
import { FAST } from '../../ingest/testing/scene.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { armFailpoint } from '../../runtime/failpoint.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { configOf } from './config-under-test.ts';
import { type Flaw, withFlaw } from './flaws.ts';
import type { IngestStart } from './ingest-under-test.ts';

// Ingest of one source in a process of its own, that tests can kill: `node ingest-process.ts <JSON of IngestStart>`. What it
// reads on standard input are commands, one a line, as `IngestCommand` has them.

flushCompileCache(); // Before somebody kills it.
const start = JSON.parse(process.argv[2] ?? '') as IngestStart;
armFailpoint(start.failpoint);
const logger = createLogger({ name: 'ingest', level: start.logLevel });
const client = await connect({ config: start.warehouse, role: 'millrace', logger });
const config = configOf({ ...start, more: { snapshotConnections: start.snapshotConnections } });
const over = new AbortController();
const opened = await openLog({
  config,
  client,
  logger,
  journal: true,
  onLoaded: () => {},
  rounds: null,
  signal: over.signal,
});
const log = withFlaw(opened.log, start.flaw as Flaw | undefined);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const source = config.sources[0] as SourceConfig;
const capture = createCapture({ source, log, logger, timing: { ...FAST, ...start.timing } });

const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => {
  const [command, argument = ''] = line.split(' ') as [keyof typeof ways, string];
  // Not running yet, or the table is not known yet: a command that comes too early is left out.
  Promise.resolve(ways[command](argument)).catch((error) => logger.warn({ command, err: String(error) }, 'left out'));
});
// Whoever started it has ended.
commands.once('close', () => process.exit(1));
const ways = {
  arm: (text: string) => armFailpoint(text),
  pause: (table: string) => capture.pause(table),
  resume: (table: string) => capture.resume(table),
  resync: (table: string) => capture.resync(table),
  'resync-source': () => capture.resyncSource(),
};
// Loaders elsewhere ask through the warehouse.
async function followRequests(): Promise<void> {
  const { followTables } = await import('../../cli/roles/table-lifecycle.ts');
  const captures = new Map([[source.name, capture]]);
  await followTables({ client, captures, resyncSource: () => capture.resyncSource(), logger, signal: over.signal });
}
const following = start.kafka === undefined ? null : followRequests();

const captured = capture.run(stop.signal);
await Promise.race([captured, opened.loading.then(() => captured)]);
await log.close();
over.abort();
await Promise.all([opened.loading, following]);
await client.close();
process.exit();
