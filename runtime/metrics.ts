import { createServer } from 'node:http';
import { AggregatorRegistry, collectDefaultMetrics, type MetricObject, Registry } from 'prom-client';

/** Between two looks at the event loop's delay; the default of 10 ms takes half a percent of a core of a process at rest. */
const EVENT_LOOP_MS = 100;

/**
 * A process's metrics: a registry with Node's own metrics in it, every one labelled with the part that the process is.
 * Make one per process, where it is put together.
 */
export function createMetrics(part: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ part });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_MS });
  return registry;
}

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

const COLLECT_TIMEOUT_MS = 1_000;

/**
 * The text of a registry together with what other processes' metrics servers have. Those that do not answer within a
 * second are left out: `millrace_part_up` says so.
 */
export async function metricsOfAll(own: Registry, others: Readonly<Record<string, string>>): Promise<string> {
  const collected = [(await own.getMetricsAsJSON()) as MetricObject[]];
  const up: Record<string, number> = {};
  await Promise.all(
    Object.entries(others).map(async ([part, url]) => {
      try {
        const answer = await fetch(`${url}.json`, { signal: AbortSignal.timeout(COLLECT_TIMEOUT_MS) });
        collected.push((await answer.json()) as MetricObject[]);
        up[part] = 1;
      } catch {
        up[part] = 0; // It is being started again, or stuck: shown as such.
      }
    }),
  );
  const all = AggregatorRegistry.aggregate(collected);
  const lines = Object.entries(up).map(([part, value]) => `millrace_part_up{part="${part}"} ${value}\n`);
  const head =
    '\n# HELP millrace_part_up Whether a part of the system answered when its metrics were asked for.\n' +
    '# TYPE millrace_part_up gauge\n';
  return `${await all.metrics()}${lines.length === 0 ? '' : head}${lines.join('')}`;
}

/**
 * Serves `/metrics` (and `/metrics.json`, for `metricsOfAll`) of a process without an HTTP server, and `/health/live`, which
 * answers as long as the process does its work. Port 0 picks a free one.
 */
export async function startMetricsServer(options: {
  readonly registry: Registry;
  readonly host: string;
  readonly port: number;
}): Promise<MetricsServer> {
  const { registry, host, port } = options;
  const server = createServer((request, response) => {
    const answer =
      request.url === '/metrics'
        ? registry.metrics().then((text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text))
        : request.url === '/metrics.json'
          ? registry
              .getMetricsAsJSON()
              .then((all) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(all)))
          : request.url === '/health/live'
            ? Promise.resolve(response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}'))
            : Promise.resolve(response.writeHead(404).end());
    answer.catch(() => response.writeHead(500).end());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, resolve);
  await promise;
  const address = server.address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host}:${listening}/metrics`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
