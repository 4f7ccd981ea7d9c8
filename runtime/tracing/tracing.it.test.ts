import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../logger.ts';
import { startTraceCollector, type TraceCollector } from '../testing/trace-collector.ts';
import { endpointOf, headersOf, startTracing, type Tracing } from './tracing.ts';

const logger = createLogger({ name: 'test', level: 'silent' });

describe('tracing', () => {
  let collector: TraceCollector;
  let env: Record<string, string>;

  beforeEach(async () => {
    collector = await startTraceCollector();
    env = { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20key' };
  });
  afterEach(() => collector.close());

  async function started(more: Record<string, string> = {}): Promise<Tracing> {
    const tracing = await startTracing('ingest', logger, { ...env, ...more });
    if (tracing === null) throw new Error('nothing was started');
    return tracing;
  }

  test('is not there without an endpoint, or when it is switched off', async () => {
    expect(await startTracing('ingest', logger, {})).toBeNull();
    expect(await startTracing('ingest', logger, { ...env, OTEL_SDK_DISABLED: 'true' })).toBeNull();
    expect(endpointOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/own' })).toBe('http://c/own');
    expect(endpointOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c/' })).toBe('http://c/v1/traces');
    expect(headersOf('a=1, b=x%2Cy,,=z')).toEqual({ a: '1', b: 'x,y' });
  });

  test('sends steps of one trace, which another process goes on with', async () => {
    const tracing = await started();
    const startMs = Date.now() - 5_000;
    const first = tracing.begin('publish', {
      kind: 'producer',
      startMs,
      attributes: { rows: 3, share: 0.5, ok: true },
    });
    first.event('acknowledged');
    const other = tracing.begin('publish', { kind: 'producer', attributes: {} });
    const second = tracing.begin('load', {
      kind: 'consumer',
      parent: first.traceparent,
      links: [other.traceparent, 'nothing of the kind'],
      attributes: { source: 'order' },
    });
    for (const span of [second, first, other]) span.end({ loaded: 7 });
    await tracing.stop();
    expect(collector.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-key': 'a key' } });
    const resource = collector.requests[0]?.body.resourceSpans[0]?.resource.attributes;
    expect(resource).toContainEqual({ key: 'service.name', value: { stringValue: 'millrace' } });
    expect(resource).toContainEqual({ key: 'millrace.part', value: { stringValue: 'ingest' } });
    const [load, publish, another] = collector.spans();
    expect(load).toMatchObject({ name: 'load', kind: 5, traceId: publish?.traceId, parentSpanId: publish?.spanId });
    expect(load?.links).toEqual([{ traceId: another?.traceId, spanId: another?.spanId }]);
    expect(publish).toMatchObject({ kind: 4, events: [{ name: 'acknowledged' }] });
    expect(publish?.parentSpanId).toBeUndefined();
    expect(publish?.startTimeUnixNano).toBe(`${startMs}000000`);
    expect(BigInt(publish?.endTimeUnixNano ?? 0)).toBeGreaterThan(BigInt(startMs + 4_999) * 1_000_000n);
    expect(publish?.attributes).toEqual([
      { key: 'rows', value: { intValue: '3' } },
      { key: 'share', value: { doubleValue: 0.5 } },
      { key: 'ok', value: { boolValue: true } },
      { key: 'loaded', value: { intValue: '7' } },
    ]);
    expect(first.traceparent).toBe(`00-${publish?.traceId}-${publish?.spanId}-01`);
  });

  test('sends the asked share, and does not hold up anybody when the collector refuses', async () => {
    const none = await started({ OTEL_TRACES_SAMPLER_ARG: '0' });
    const left = none.begin('publish', { kind: 'producer', attributes: {} });
    expect(left.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    // Whoever goes on with it leaves it out as well.
    none.begin('load', { kind: 'consumer', parent: left.traceparent, attributes: {} }).end();
    left.end();
    await none.stop();
    expect(collector.spans()).toEqual([]);
    collector.status = 503;
    const refused = await started();
    refused.begin('publish', { kind: 'producer', attributes: {} }).end();
    await refused.stop();
    expect(collector.requests).toHaveLength(3);
    collector.status = 400;
    const wrong = await started();
    wrong.begin('publish', { kind: 'producer', attributes: {} }).end();
    await wrong.stop();
    expect(collector.requests).toHaveLength(4);
  });

  test.each([503, null])(
    'sends again what a collector had no room for, or a connection that broke: %s',
    async (status) => {
      collector.status = status;
      const tracing = await started();
      tracing.begin('publish', { kind: 'producer', attributes: {} }).end();
      const stopped = tracing.stop();
      await expect.poll(() => collector.requests.length).toBe(1);
      collector.status = 200;
      await stopped;
      expect(collector.requests).toHaveLength(2);
      expect(collector.requests[1]?.body).toEqual(collector.requests[0]?.body);
    },
  );
});
