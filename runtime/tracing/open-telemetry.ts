import { type Context, type Link, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logger.ts';
import { PACKAGE_VERSION } from '../package-version.ts';
import { createOtlpJsonExporter } from './otlp-json-exporter.ts';
import type { Tracing } from './tracing.ts';

const STOP_MS = 3_000;
const KINDS = { producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;

/** Tracing by OpenTelemetry's SDK. */
export function openTelemetry(options: {
  part: string;
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  /** Of the traces that begin here. */
  share: number;
  serviceName: string;
  logger: Logger;
}): Tracing {
  const { part, endpoint, headers, share, serviceName, logger } = options;
  const exporter = createOtlpJsonExporter({ endpoint, headers, logger });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': serviceName,
      'service.version': PACKAGE_VERSION,
      'millrace.part': part,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('millrace', PACKAGE_VERSION);
  return {
    begin(name, { kind, startMs, parent = null, links = [], attributes }) {
      const span = tracer.startSpan(
        name,
        {
          kind: KINDS[kind],
          attributes,
          links: links.flatMap(linkTo),
          ...(startMs === undefined ? {} : { startTime: startMs }),
        },
        contextOf(parent),
      );
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        event: (event) => void span.addEvent(event),
        end(more = {}) {
          span.setAttributes(more);
          span.end();
        },
      };
    },
    async stop() {
      const late = new Promise<void>((resolve) => setTimeout(resolve, STOP_MS).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

function contextOf(traceparent: string | null): Context {
  const parent = traceparent === null ? null : parseTraceParent(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

function linkTo(traceparent: string): Link[] {
  const context = parseTraceParent(traceparent);
  return context === null ? [] : [{ context }];
}
