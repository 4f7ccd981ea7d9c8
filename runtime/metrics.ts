import { collectDefaultMetrics, Registry } from 'prom-client';

/** A process's metrics: a registry with Node's own metrics in it. Make one per process, where it is put together. */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
