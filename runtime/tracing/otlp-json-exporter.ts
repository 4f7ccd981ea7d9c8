import { setTimeout as sleep } from 'node:timers/promises';
import type { HrTime } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { backoffMs } from '../backoff.ts';
import type { Logger } from '../logger.ts';

const TIMEOUT_MS = 5_000;
const TRIES = 3;
/** Both pauses fit into what a process takes to stop. */
const PAUSE = { firstMs: 500, maxMs: 1_000 };
/** Answers after which the same may be taken (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes). */
const RETRYABLE = [429, 502, 503, 504];

/**
 * Sends spans as OTLP over HTTP in its JSON form (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), which
 * every collector takes. What it has no room for at the moment, or a broken connection, is sent again, a few times; what it then
 * does not take is lost, and said once until it takes some again.
 */
export function createOtlpJsonExporter(options: {
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  logger: Logger;
}): SpanExporter {
  const { endpoint, headers, logger } = options;
  let isTold = false;

  async function send(spans: readonly ReadableSpan[]): Promise<void> {
    const body = JSON.stringify(requestOf(spans));
    for (let tries = 1; ; tries++) {
      const status = await post(body).catch((error: Error) => {
        if (tries === TRIES) throw error;
        return null;
      });
      if (status !== null && status >= 200 && status < 300) return;
      if (status !== null && (tries === TRIES || !RETRYABLE.includes(status))) throw new Error(`HTTP ${status}`);
      await sleep(backoffMs(tries, PAUSE));
    }
  }

  async function post(body: string): Promise<number> {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer.status;
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
