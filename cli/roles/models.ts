import { createMetrics, startMetricsServer } from '../../runtime/metrics.ts';
import { runModels } from '../../warehouse/models/main.ts';
import { LOCAL_METRICS, type RoleOptions } from './role.ts';
import { runTasks } from './run-tasks.ts';

/**
 * Keeps the marts up to date: woken by ingest when something was loaded, else looking now and then. Alone, nobody wakes
 * it, and it looks oftener. Does what is done from time to time as well.
 */
export async function modelsRole(options: RoleOptions & { isAlone?: boolean }): Promise<void> {
  const { config, logger, signal, supervisor, metricsAddress, isAlone } = options;
  const wake = new EventTarget();
  supervisor.onMessage((message) => {
    if (message.type === 'loaded') wake.dispatchEvent(new CustomEvent('wake', { detail: message.positions }));
  });
  const metrics = createMetrics('models');
  const metricsServer = await startMetricsServer({ registry: metrics, ...(metricsAddress ?? LOCAL_METRICS) });
  supervisor.ready({ metrics: metricsServer.url });
  const ended = new AbortController();
  const tasks = runTasks({ ...options, place: 'models', metrics, signal: AbortSignal.any([signal, ended.signal]) });
  try {
    await runModels({
      config,
      logger,
      signal,
      watch: true,
      ...(isAlone === true ? {} : { wake }),
      metrics,
      onFollowed: () => supervisor.send({ type: 'followed' }),
      onPublished: (state) => supervisor.send({ type: 'published', state }),
    });
  } finally {
    ended.abort();
    await tasks;
    await metricsServer.close();
  }
}
