import { Counter } from 'prom-client';
import { expect, test } from 'vitest';
import { createMetrics, metricsOfAll, startMetricsServer } from './metrics.ts';

test('serves what the registry holds, and nothing else', async () => {
  const server = await startMetricsServer({ registry: createMetrics('ingest'), host: '127.0.0.1', port: 0 });
  try {
    const answer = await fetch(server.url);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('process_resident_memory_bytes');
    const health = await fetch(new URL('/health/live', server.url));
    expect(await health.json()).toEqual({ status: 'ok' });
    const other = await fetch(new URL('/', server.url));
    expect(other.status).toBe(404);
    await other.text();
  } finally {
    await server.close();
  }
});

test('shows the metrics of all parts as one, and which of them do not answer', async () => {
  const [own, other] = [createMetrics('api'), createMetrics('ingest')];
  new Counter({ name: 'rows_total', help: 'Rows.', labelNames: ['kind'], registers: [other] }).inc({ kind: 'a' }, 7);
  const server = await startMetricsServer({ registry: other, host: '127.0.0.1', port: 0 });
  const text = await metricsOfAll(own, { ingest: server.url, models: 'http://127.0.0.1:1/metrics' });
  await server.close();
  expect(text).toMatch(/^rows_total\{(kind="a",part="ingest"|part="ingest",kind="a")\} 7$/m);
  expect(text).toMatch(/^process_resident_memory_bytes\{part="api"\} \d+$/m);
  expect(text).toMatch(/^process_resident_memory_bytes\{part="ingest"\} \d+$/m);
  expect(text).toContain('\nmillrace_part_up{part="ingest"} 1\n');
  expect(text).toContain('\nmillrace_part_up{part="models"} 0\n');
  const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
  expect(types).toHaveLength(new Set(types).size);
});
