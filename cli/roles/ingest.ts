import { createRounds } from '../../changelog/rounds.ts';
import { createCapture } from '../../ingest/capture.ts';
import type { CaptureProgress } from '../../ingest/progress.ts';
import { unlessAborted } from '../../runtime/abortable.ts';
import { createMetrics, startMetricsServer } from '../../runtime/metrics.ts';
import { startTracing } from '../../runtime/tracing/tracing.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { ensureBookkeeping } from '../../warehouse/load/bookkeeping.ts';
import { retryWhileUnreachable } from '../../warehouse/load/retry.ts';
import { ensureModelBookkeeping } from '../../warehouse/models/store/bookkeeping.ts';
import { tablesReadByModels } from '../../warehouse/models/tables-read.ts';
import type { SourceProgress } from '../run-file.ts';
import { openLog } from './open-log.ts';
import { createReportsFirst } from './reports-first.ts';
import { LOCAL_METRICS, type RoleOptions } from './role.ts';
import { runTasks } from './run-tasks.ts';
import { runSources } from './source-runs.ts';
import { followTables } from './table-lifecycle.ts';
import { createTelling } from './telling.ts';

const PROGRESS_MS = 500;

/** Capture of all sources, and the loader behind the log: with the direct log rows go from one to the other here. */
export async function ingestRole({ config, logger, signal, supervisor, metricsAddress }: RoleOptions): Promise<void> {
  const maxConnections = 4 + 2 * config.sources.length;
  const client = await connect({ config: config.warehouse, role: 'millrace', logger, maxConnections });
  // Who asks for the lag asks these tables too, also where no models are kept.
  if (config.models === false) {
    const prepare = (): Promise<void> => ensureBookkeeping(client).then(() => ensureModelBookkeeping(client));
    await unlessAborted(retryWhileUnreachable(prepare, { logger, signal }), signal);
  }
  // With models, the next round of batches begins when they have taken over the last one.
  const reportsFirst = createReportsFirst();
  const rounds = config.models === false ? null : createRounds(reportsFirst.restMs);
  const telling = createTelling({
    send: (positions) => supervisor.send({ type: 'loaded', positions }),
    isLoading: () => rounds?.isLoading === true,
  });
  rounds?.onLoaded(telling.flush);
  supervisor.onMessage((message) => {
    if (message.type === 'followed') rounds?.follow(performance.now());
    else if (message.type === 'asked') reportsFirst.asked();
  });
  const metrics = createMetrics('ingest');
  const tracing = await startTracing('ingest', logger);
  const over = new AbortController();
  const { log, loading } = await openLog({
    config,
    client,
    logger,
    journal: await tablesReadByModels(config, logger),
    onLoaded: telling.tell,
    rounds,
    metrics,
    tracing,
    signal: over.signal,
  });
  const metricsServer = await startMetricsServer({ registry: metrics, ...(metricsAddress ?? LOCAL_METRICS) });
  // Its client library costs memory, which who reads no topics does not pay.
  const hasTopics = config.sources.some(({ debezium }) => debezium !== undefined);
  const topics = hasTopics ? await import('../../ingest/debezium/debezium-capture.ts') : null;
  const runs = runSources({
    sources: config.sources,
    log,
    logger,
    signal,
    createCapture: ({ source, ...resync }) => {
      const { debezium } = source;
      const options = { log, logger, metrics, ...resync };
      if (debezium === undefined || topics === null) return createCapture({ ...options, source });
      return topics.createDebeziumCapture({ ...options, source: { ...source, debezium } });
    },
  });
  const { captures } = runs;
  let reported = '';
  const reportProgress = (): void => {
    const sources: Record<string, SourceProgress> = {};
    for (const [name, capture] of captures) sources[name] = summarize(capture.progress());
    const text = JSON.stringify(sources);
    if (text === reported) return;
    reported = text;
    supervisor.send({ type: 'progress', sources });
  };
  const timer = setInterval(reportProgress, PROGRESS_MS);
  try {
    const following = AbortSignal.any([signal, over.signal]);
    const tables = followTables({ client, captures, resyncSource: runs.resync, logger, signal: following });
    const tasks = runTasks({ config, logger, place: 'ingest', metrics, signal: following });
    supervisor.ready({ metrics: metricsServer.url });
    await Promise.race([runs.over, loading.then(() => runs.over)]);
    over.abort();
    await Promise.all([tables, loading, tasks]);
  } finally {
    over.abort();
    clearInterval(timer);
    await log.close();
    await tracing?.stop();
    await metricsServer.close();
    await client.close();
  }
}

function summarize({ state, rows }: CaptureProgress): SourceProgress {
  return { state, capturedRows: rows.snapshot + rows.inserts + rows.updates + rows.deletes };
}
