import { expect, test } from 'vitest';
import { createMetrics, startMetricsServer } from './metrics.ts';

test('serves what the registry holds, and nothing else', async () => {
  const server = await startMetricsServer({ registry: createMetrics(), host: '127.0.0.1', port: 0 });
  try {
    const answer = await fetch(server.url);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('process_resident_memory_bytes');
    const other = await fetch(new URL('/', server.url));
    expect(other.status).toBe(404);
    await other.text();
  } finally {
    await server.close();
  }
});
