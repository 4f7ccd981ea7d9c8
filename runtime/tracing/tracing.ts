import type { Logger } from '../logger.ts';

/** Attributes of a span, as OpenTelemetry has them. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** One step of a trace, under way. */
export interface TraceSpan {
  /** W3C Trace Context: what goes along to whoever does the next step (https://www.w3.org/TR/trace-context/). */
  readonly traceparent: string;
  /** Something happened, now. */
  event(name: string): void;
  end(attributes?: Attributes): void;
}

/** Spans of this process, sent to a collector. */
export interface Tracing {
  begin(
    name: string,
    options: {
      readonly kind: 'producer' | 'consumer';
      /** Unix, milliseconds; default now. */
      readonly startMs?: number;
      /** A `traceparent`; without one (or with what is none) a trace begins. */
      readonly parent?: string | null;
      /** `traceparent`s of others that this step finishes as well. */
      readonly links?: readonly string[];
      readonly attributes: Attributes;
    },
  ): TraceSpan;
  /** Sends what is left, for at most a few seconds. */
  stop(): Promise<void>;
}

/**
 * Tracing as the environment configures it, in OpenTelemetry's own variables; null when no endpoint is named, and then nothing
 * of it is loaded. OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT, to which /v1/traces is added: where
 * OTLP over HTTP is taken, as JSON. OTEL_EXPORTER_OTLP_HEADERS: `name=value,...`. OTEL_TRACES_SAMPLER_ARG: share of the
 * traces, 0 to 1 (default 1). OTEL_SERVICE_NAME: default millrace. OTEL_SDK_DISABLED=true: none.
 */
export async function startTracing(
  part: string,
  logger: Logger,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Tracing | null> {
  const endpoint = endpointOf(env);
  if (endpoint === null || env.OTEL_SDK_DISABLED === 'true') return null;
  const { openTelemetry } = await import('./open-telemetry.ts');
  const share = Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1);
  logger.info({ endpoint }, 'traces are sent');
  return openTelemetry({
    part,
    endpoint,
    headers: headersOf(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    share: share >= 0 && share <= 1 ? share : 1,
    serviceName: env.OTEL_SERVICE_NAME ?? 'millrace',
    logger,
  });
}

export function endpointOf(env: Readonly<Record<string, string | undefined>>): string | null {
  const own = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? '';
  if (own !== '') return own;
  const common = env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  return common === '' ? null : `${common.replace(/\/+$/, '')}/v1/traces`;
}

export function headersOf(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    return at <= 0 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]];
  });
  return Object.fromEntries(pairs);
}
