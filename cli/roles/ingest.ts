import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { type Capture, createCapture } from '../../ingest/capture.ts';
import type { CaptureProgress } from '../../ingest/progress.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { createMetrics, startMetricsServer } from '../../runtime/metrics.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { ensureBookkeeping } from '../../warehouse/load/bookkeeping.ts';
import { createWarehouseDestination } from '../../warehouse/load/destination.ts';
import { ensureModelBookkeeping } from '../../warehouse/models/store/bookkeeping.ts';
import { tablesReadByModels } from '../../warehouse/models/tables-read.ts';
import { CLI_ERRORS } from '../errors.ts';
import type { SourceProgress } from '../run-file.ts';
import type { RoleOptions } from './role.ts';
import { followTables } from './table-lifecycle.ts';

const PROGRESS_MS = 500;

/** Capture of all sources and, behind the direct log, the loader: rows go from one to the other in this process. */
export async function ingestRole({ config, logger, signal, supervisor }: RoleOptions): Promise<void> {
  if (config.log !== 'direct') throw new MillraceError(CLI_ERRORS.kafkaUnavailable, '`log.kafka` is set');
  const maxConnections = 4 + 2 * config.sources.length;
  const client = await connect({ config: config.warehouse, role: 'millrace', logger, maxConnections });
  // Who asks for the lag asks these tables too, also where no models are kept.
  if (config.models === false) {
    await ensureBookkeeping(client);
    await ensureModelBookkeeping(client);
  }
  const destination = createWarehouseDestination({
    client,
    logger,
    journal: await tablesReadByModels(config, logger),
    onLoaded: (source) => supervisor.send({ type: 'loaded', source }),
  });
  const log = createDirectChangeLog({ destination });
  const captures = new Map<string, Capture>();
  const reportProgress = (): void => {
    const sources: Record<string, SourceProgress> = {};
    for (const [name, capture] of captures) sources[name] = summarize(capture.progress());
    supervisor.send({ type: 'progress', sources });
  };
  const metrics = createMetrics('ingest');
  const metricsServer = await startMetricsServer({ registry: metrics, host: '127.0.0.1', port: 0 });
  const over = new AbortController();
  const timer = setInterval(reportProgress, PROGRESS_MS);
  try {
    const run = (source: SourceConfig): Promise<void> => {
      const capture = createCapture({ source, log, logger, metrics });
      captures.set(source.name, capture);
      return capture.run(signal);
    };
    const runs = config.sources.map(run);
    const tables = followTables({ client, captures, logger, signal: AbortSignal.any([signal, over.signal]) });
    supervisor.ready({ metrics: metricsServer.url });
    await untilOver({ config, runs, logger });
    over.abort();
    await tables;
  } finally {
    over.abort();
    clearInterval(timer);
    await log.close();
    await metricsServer.close();
    await client.close();
  }
}

function summarize({ state, rows }: CaptureProgress): SourceProgress {
  return { state, capturedRows: rows.snapshot + rows.inserts + rows.updates + rows.deletes };
}

/** One source that needs its operator does not stop the others; any other failure ends the process, to start afresh. */
async function untilOver(options: {
  config: RoleOptions['config'];
  runs: readonly Promise<void>[];
  logger: RoleOptions['logger'];
}): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    options.runs.map(async (run, index) => {
      try {
        await run;
      } catch (error) {
        const source = options.config.sources[index]?.name;
        options.logger.error({ err: error, source }, 'capture of a source ended');
        failures.push(error);
        if (!(error instanceof MillraceError) || error.policy !== 'operator') throw error;
      }
    }),
  );
  if (failures.length > 0) {
    throw new MillraceError(CLI_ERRORS.captureFailed, `${failures.length} of ${options.runs.length} sources`, {
      cause: failures[0],
    });
  }
}
