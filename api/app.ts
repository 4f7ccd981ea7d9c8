import type { ClickHouseClient } from '@clickhouse/client';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { type FastifyInstance, fastify } from 'fastify';
import type { Logger } from '../runtime/logger.ts';
import { addCubes } from './cubes/routes.ts';
import { API_ERRORS } from './errors.ts';
import { AnswerCache } from './http/answer-cache.ts';
import { addServiceRoutes } from './http/service-routes.ts';
import { SharedWork } from './http/shared-work.ts';
import { addLag } from './lag/route.ts';
import { createApiMetrics } from './metrics.ts';
import { ApiError, PROBLEM_CONTENT_TYPE, problemDocument, sendProblem } from './problems/problem.ts';
import { PROBLEM_SCHEMA } from './problems/problem-schema.ts';
import { createPublishedWatermark } from './published-watermark.ts';
import type { AnswerContext } from './reports/answer-at-watermark.ts';
import { cohorts } from './reports/cohorts/report.ts';
import { customerLtv } from './reports/customer-ltv/report.ts';
import { addReport } from './reports/report.ts';
import { salesTrends } from './reports/sales-trends/report.ts';
import { type ApiSettings, DEFAULT_SETTINGS } from './settings.ts';
import { createWarehouseReader } from './warehouse-reader.ts';

export interface AppOptions {
  /** Logged in as a user that may read `store`, `marts` and `millrace`. Closing it is up to the caller. */
  readonly client: ClickHouseClient;
  readonly logger: Logger;
  readonly settings?: Partial<ApiSettings>;
  /** Dispatches `published` when there is a new watermark, so that requests need not ask for it one by one. */
  readonly published?: EventTarget;
  /** Metrics servers of the parts that run beside it, shown at `/metrics` too: part to URL. */
  readonly otherMetrics?: () => Readonly<Record<string, string>>;
}

/** The API without a listener: every route, error handling, metrics, documentation. Ready to listen or inject. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { client, logger } = options;
  const settings: ApiSettings = { ...DEFAULT_SETTINGS, ...options.settings };
  const metrics = createApiMetrics();
  const watermark = createPublishedWatermark(client, options.published);
  const reader = createWarehouseReader({ client, watermark, ...settings, metrics });
  const context: AnswerContext = {
    reader,
    settings,
    metrics,
    cache: new AnswerCache(settings.maxCacheBytes),
    work: new SharedWork(),
  };

  const app = fastify({
    logger: false,
    routerOptions: { ignoreTrailingSlash: true },
    return503OnClosing: true,
    frameworkErrors: (_error, _request, reply) => {
      void sendProblem(reply, new ApiError(API_ERRORS.requestMalformed, 'the address cannot be read'));
    },
    clientErrorHandler: answerMalformed,
  });
  // The query is read by parameters/, which knows more than a JSON Schema says; schemas are for the document.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.addSchema(PROBLEM_SCHEMA);

  app.setErrorHandler((error, request, reply) => {
    const problem = asProblem(error);
    if (reply.raw.destroyed) {
      logger.debug({ route: request.routeOptions.url }, 'client went away');
      return sendProblem(reply, problem);
    }
    metrics.errors.inc({ code: problem.code });
    const context = { code: problem.code, route: request.routeOptions.url, fault: faultOf(problem.cause) };
    if (problem.code === API_ERRORS.internal.code) logger.error({ ...context, err: problem.cause }, 'request failed');
    else if (problem.policy === 'operator' && problem.definition.status >= 500) logger.warn(context, 'request failed');
    else logger.debug(context, 'request refused');
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const problem = app.hasRoute({ method: 'GET', url: path })
      ? new ApiError(API_ERRORS.methodNotAllowed, `${request.method} is not possible here`)
      : new ApiError(API_ERRORS.routeUnknown, 'no such path');
    if (problem.definition === API_ERRORS.methodNotAllowed) void reply.header('allow', 'GET, HEAD');
    metrics.errors.inc({ code: problem.code });
    return sendProblem(reply, problem);
  });

  app.addHook('onRequest', async () => metrics.requestsInFlight.inc());
  app.addHook('onResponse', async (request, reply) => {
    metrics.requestsInFlight.dec();
    const route = request.routeOptions.url ?? 'unknown';
    metrics.requestSeconds.observe(
      { route, method: request.method, status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Millrace reporting API',
        version: '1',
        description:
          'Reports over the published watermark. Decimals and 64-bit integers are exact JSON number tokens: read them ' +
          'with a parser that keeps their digits. Errors are RFC 9457 problem documents with a stable `code`.',
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'reports', description: 'Numbers for people.' },
        { name: 'cubes', description: 'Any measures of a cube by any of its dimensions.' },
        { name: 'operations', description: 'Lag, health and metrics.' },
        { name: 'documentation', description: 'What there is.' },
      ],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`) },
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { tryItOutEnabled: true } });
  app.after(() => {
    addReport(app, salesTrends, context);
    addReport(app, customerLtv, context);
    addReport(app, cohorts, context);
    addCubes(app, context);
    addLag(app, reader);
    addServiceRoutes(app, { reader, metrics, otherMetrics: options.otherMetrics ?? (() => ({})) });
  });
  app.addHook('onClose', async () => watermark.close());
  await app.ready();
  return app;
}

function asProblem(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status < 500
    ? new ApiError(API_ERRORS.requestMalformed, 'the request cannot be read', { cause: error })
    : new ApiError(API_ERRORS.internal, 'an unexpected error', { cause: error });
}

/** The driver's code and the beginning of its message; the rest repeats the query with its values. */
function faultOf(cause: unknown): object | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause ? String(cause.code) : undefined;
  return { code, message: cause.message.split(': In scope', 1)[0]?.slice(0, 200) };
}

/** What is not even HTTP gets an answer too, if there is somebody to read it. */
function answerMalformed(_error: Error, socket: import('node:net').Socket): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(
    problemDocument(new ApiError(API_ERRORS.requestMalformed, 'this is not HTTP as we read it'), '/'),
  );
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
