import type { HrTime } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logger.ts';

const TIMEOUT_MS = 10_000;

/**
 * Sends spans as OTLP over HTTP in its JSON form (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), which
 * every collector takes. What it does not take is lost, and said once until it takes some again.
 */
export function createOtlpJsonExporter(options: {
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  logger: Logger;
}): SpanExporter {
  const { endpoint, headers, logger } = options;
  let isTold = false;

  async function send(spans: readonly ReadableSpan[]): Promise<void> {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(requestOf(spans)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  }

  return {
    export(spans, done: (result: ExportResult) => void) {
      send(spans).then(
        () => {
          isTold = false;
          done({ code: ExportResultCode.SUCCESS });
        },
        (error: Error) => {
          if (!isTold)
            logger.warn({ endpoint, err: error.message }, 'traces are lost: the collector does not take them');
          isTold = true;
          done({ code: ExportResultCode.FAILED, error });
        },
      );
    },
    shutdown: async () => {},
  };
}

/** An ExportTraceServiceRequest; all spans are of one resource and one scope. */
export function requestOf(spans: readonly ReadableSpan[]): unknown {
  const [first] = spans;
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues(first?.resource.attributes ?? {}) },
        scopeSpans: [{ scope: { ...first?.instrumentationScope }, spans: spans.map(spanOf) }],
      },
    ],
  };
}

function spanOf(span: ReadableSpan): unknown {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceId,
    spanId,
    flags: traceFlags,
    ...(span.parentSpanContext === undefined ? {} : { parentSpanId: span.parentSpanContext.spanId }),
    name: span.name,
    // Of the API from 0, of the protocol from 1: 0 is unspecified there.
    kind: span.kind + 1,
    startTimeUnixNano: nanos(span.startTime),
    endTimeUnixNano: nanos(span.endTime),
    attributes: keyValues(span.attributes),
    events: span.events.map(({ name, time }) => ({ name, timeUnixNano: nanos(time) })),
    links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
    status: { code: span.status.code },
  };
}

function nanos([seconds, nanoseconds]: HrTime): string {
  return (BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)).toString();
}

function keyValues(attributes: Readonly<Record<string, unknown>>): { key: string; value: unknown }[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): unknown {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return { stringValue: String(value) };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
