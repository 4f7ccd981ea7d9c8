import type { ClickHouseClient } from '@clickhouse/client';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from '../runtime/logger.ts';
import { readPublished } from '../warehouse/published/published.ts';
import { addAccess } from './access/add-access.ts';
import { documentAccess, SECURITY_SCHEMES } from './access/document-access.ts';
import { guardedClient } from './access/guarded-client.ts';
import { type AccessOptions, openAccess } from './access/open-access.ts';
import { requestIdOf } from './access/request-id.ts';
import { addConsole } from './console/routes.ts';
import { createHeldCells } from './cubes/cells/held-cells.ts';
import { createKnownCubes } from './cubes/known-cubes.ts';
import { addCubes } from './cubes/routes.ts';
import { createDirectReading } from './direct-client.ts';
import { API_ERRORS } from './errors.ts';
import { createExportFolder } from './exports/export-folder.ts';
import { openExports } from './exports/exports.ts';
import { addExports } from './exports/routes.ts';
import { createHeldRows } from './held/held-rows.ts';
import { createHeldTables } from './held/held-tables.ts';
import { createAllowedMethods } from './http/allowed-methods.ts';
import { AnswerCache } from './http/answer-cache.ts';
import { addCompression } from './http/compression.ts';
import { addCrossOrigin } from './http/cross-origin.ts';
import { operationId } from './http/operation-id.ts';
import { watchRate } from './http/rate-watch.ts';
import { addServiceRoutes } from './http/service-routes.ts';
import { SharedWork } from './http/shared-work.ts';
import { addLag } from './lag/route.ts';
import { createApiMetrics } from './metrics.ts';
import { ApiError, PROBLEM_CONTENT_TYPE, problemDocument, sendProblem } from './problems/problem.ts';
import { PROBLEM_SCHEMA } from './problems/problem-schema.ts';
import { createPublishedWatermark } from './published-watermark.ts';
import type { AnswerContext } from './reports/answer-at-watermark.ts';
import { cohorts } from './reports/cohorts/report.ts';
import { customerForecast } from './reports/customer-forecast/report.ts';
import { customerLtv } from './reports/customer-ltv/report.ts';
import { inventory } from './reports/inventory/report.ts';
import { notifications } from './reports/notifications/report.ts';
import { payments } from './reports/payments/report.ts';
import { addReport } from './reports/report.ts';
import { rfm } from './reports/rfm/report.ts';
import { sagas } from './reports/sagas/report.ts';
import { salesTrends } from './reports/sales-trends/report.ts';
import { type ApiSettings, DEFAULT_SETTINGS } from './settings.ts';
import { addViews } from './views/routes.ts';
import { createWarehouseReader } from './warehouse-reader.ts';

/** So many answers that have to be found need the machine for themselves. */
const MANY_PER_SECOND = 20;

export interface AppOptions {
  /** Logged in as a user that may read `store`, `marts` and `millrace`. Closing it is up to the caller. */
  readonly client: ClickHouseClient;
  readonly logger: Logger;
  readonly settings?: Partial<ApiSettings>;
  /** Who may ask. Left out: everybody. */
  readonly access?: AccessOptions;
  /** Dispatches `published` when there is a new watermark, so that requests need not ask for it one by one. */
  readonly published?: EventTarget;
  /** Origins whose pages may read answers; none by default. */
  readonly corsOrigins?: readonly string[];
  /** Where exports are kept. Left out: in a temporary folder, as long as the app is there. */
  readonly exportsFolder?: string;
  /** Called again and again while many reports and questions are answered that nobody asked before at their state. */
  readonly onManyAsked?: () => void;
  /** Called before there are routes, whose hooks then hold for all of them. */
  readonly prepare?: (app: FastifyInstance) => void;
  /** Metrics servers of the parts that run beside it, shown at `/metrics` too: part to URL. */
  readonly otherMetrics?: () => Readonly<Record<string, string>>;
}

/** The API without a listener: every route, error handling, metrics, documentation. Ready to listen or inject. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { logger } = options;
  const settings: ApiSettings = { ...DEFAULT_SETTINGS, ...options.settings };
  const metrics = createApiMetrics();
  const access = options.access && openAccess({ ...options.access, client: options.client, logger, metrics });
  const direct = createDirectReading(options.client);
  // Row filters are put into what is asked before it is read in another way.
  const client = access === undefined ? direct.client : guardedClient(direct.client);
  const watermark = createPublishedWatermark({
    readNow: () => readPublished(client),
    prepare: (state) => tables.prepare(state.watermark),
    ...(options.published && { changed: options.published }),
  });
  const reader = createWarehouseReader({ client, watermark, ...settings, metrics });
  const cubes = createKnownCubes(reader);
  const { relationsAt } = direct;
  const maxRows = settings.maxHeldRows;
  const tables = createHeldTables({ reader, relationsAt, maxRows });
  const context: AnswerContext = {
    reader,
    settings,
    metrics,
    cache: new AnswerCache(settings.maxCacheBytes),
    work: new SharedWork(),
    cubes,
    cells: createHeldCells({ tables, cubes, maxRows, metrics }),
    keyedRows: createHeldRows({ tables, maxRows, metrics }),
    onComputed: watchRate({ perSecond: MANY_PER_SECOND, onMany: options.onManyAsked ?? (() => {}) }),
  };
  const folder = createExportFolder(options.exportsFolder ?? null);
  const exports = await openExports({ folder, reader, limits: settings.exports, metrics, logger });

  const app = fastify({
    logger: false,
    genReqId: requestIdOf,
    routerOptions: { ignoreTrailingSlash: true },
    return503OnClosing: true,
    frameworkErrors: (_error, request, reply) => {
      void reply.header('x-request-id', request.id);
      void sendProblem(reply, new ApiError(API_ERRORS.requestMalformed, 'the address cannot be read'));
    },
    clientErrorHandler: answerMalformed,
  });
  // The query is read by parameters/, which knows more than a JSON Schema says; schemas are for the document.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  // Bodies are JSON.
  app.removeContentTypeParser('text/plain');
  app.addSchema(PROBLEM_SCHEMA);

  app.setErrorHandler((error, request, reply) => {
    // Fastify looks at bodies of methods before it finds that they are not possible.
    if (request.is404) return answerNotFound(request, reply);
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
  const allowed = createAllowedMethods();
  app.addHook('onRoute', (route) => {
    allowed.add(route.method, route.url);
    if (route.schema !== undefined) route.schema.operationId ??= operationId(String(route.method), route.url);
  });
  function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const there = allowed.of(request.url.split('?', 1)[0] ?? '/');
    // A folder of files answers for what is not among them.
    const methods = there.includes(request.method) ? [] : there;
    const problem =
      methods.length > 0
        ? new ApiError(API_ERRORS.methodNotAllowed, `${request.method} is not possible here`)
        : new ApiError(API_ERRORS.routeUnknown, 'no such path');
    if (methods.length > 0) void reply.header('allow', methods.join(', '));
    metrics.errors.inc({ code: problem.code });
    return sendProblem(reply, problem);
  }
  app.setNotFoundHandler(answerNotFound);

  app.addHook('onRequest', async (request, reply) => {
    metrics.requestsInFlight.inc();
    void reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    metrics.requestsInFlight.dec();
    const route = request.routeOptions.url ?? 'unknown';
    metrics.requestSeconds.observe(
      { route, method: request.method, status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
  });

  documentAccess(app);
  options.prepare?.(app);
  // Refusals too are for the pages of other origins; and they are read before they are compressed.
  await addCrossOrigin(app, options.corsOrigins ?? []);
  if (access !== undefined) addAccess(app, access);
  await addCompression(app);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Millrace reporting API',
        version: '1',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        description:
          'Reports over the published watermark. Decimals and 64-bit integers are exact JSON number tokens: read them ' +
          'with a parser that keeps their digits. Errors are RFC 9457 problem documents with a stable `code`.',
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: SECURITY_SCHEMES },
      tags: [
        { name: 'reports', description: 'Numbers for people.' },
        { name: 'cubes', description: 'Any measures of a cube by any of its dimensions.' },
        { name: 'views', description: 'The read models, page by page. They hold personal data.' },
        { name: 'exports', description: 'Answers that are written to a file beside the request.' },
        { name: 'operations', description: 'Lag, health and metrics.' },
        { name: 'documentation', description: 'What there is.' },
      ],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`) },
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { tryItOutEnabled: true } });
  app.after(() => {
    const exportables = [
      addReport(app, salesTrends, context),
      addReport(app, customerLtv, context),
      addReport(app, cohorts, context),
      addReport(app, inventory, context),
      addReport(app, sagas, context),
      addReport(app, notifications, context),
      addReport(app, payments, context),
      addReport(app, customerForecast, context),
      addReport(app, rfm, context),
      addCubes(app, context),
      addViews(app, context),
    ];
    addExports(app, { exports, exportables, keepMs: settings.exports.keepMs });
    addLag(app, reader);
    addServiceRoutes(app, { reader, metrics, otherMetrics: options.otherMetrics ?? (() => ({})) });
  });
  await addConsole(app);
  app.addHook('onClose', async () => {
    await exports.close();
    watermark.close();
  });
  await app.ready();
  return app;
}

function asProblem(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return new ApiError(API_ERRORS.bodyTooLarge, 'it has more than 1 MiB', { cause: error });
  if (status === 415)
    return new ApiError(API_ERRORS.mediaTypeUnsupported, 'this is not sent as JSON', { cause: error });
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
