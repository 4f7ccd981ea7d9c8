import type { FastifyInstance } from 'fastify';
import type { AnswerCache } from '../http/answer-cache.ts';
import { clientGone } from '../http/client-gone.ts';
import { entityTag, matchesTag } from '../http/entity-tag.ts';
import { type JsonText, jsonText } from '../http/exact-json.ts';
import type { SharedWork } from '../http/shared-work.ts';
import type { ApiMetrics } from '../metrics.ts';
import { type ParameterSet, type ParameterValues, querySchema, readParameters } from '../parameters/read-parameters.ts';
import type { ParameterProblem } from '../problems/problem.ts';
import { problemResponses } from '../problems/problem-schema.ts';
import type { ApiSettings } from '../settings.ts';
import type { RequestReader, WarehouseReader } from '../warehouse-reader.ts';
import { metaSchema } from './meta-schema.ts';

/** What a report found at one watermark. */
export interface ReportData {
  /** `data`, a JSON array. */
  readonly text: JsonText;
  readonly rows: number;
  /** The parameters as understood, with defaults filled; null for what does not apply. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Further members of `meta`. */
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface ReportQuestion<S extends ParameterSet> {
  readonly values: ParameterValues<S>;
  readonly watermark: string;
  readonly reader: RequestReader;
  readonly settings: ApiSettings;
}

/** A report: its parameters, what it computes, and how it is documented. */
export interface Report<S extends ParameterSet> {
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: S;
  /** Wrong combinations of parameters that are right one by one. */
  alsoWrong?(values: ParameterValues<S>): readonly ParameterProblem[];
  readonly rowSchema: object;
  readonly metaProperties: Readonly<Record<string, object>>;
  readonly example: object;
  readonly problemStatuses: readonly number[];
  /** All queries must read at `question.watermark`. */
  compute(question: ReportQuestion<S>): Promise<ReportData>;
}

export interface ReportContext {
  readonly reader: WarehouseReader;
  readonly settings: ApiSettings;
  readonly metrics: ApiMetrics;
  readonly cache: AnswerCache<ReportData>;
  readonly work: SharedWork<ReportData>;
}

/** Adds a report's route: parameters, watermark, 304, data, meta. */
export function addReport<S extends ParameterSet>(
  app: FastifyInstance,
  report: Report<S>,
  context: ReportContext,
): void {
  const { settings, metrics, cache } = context;
  const schema = {
    tags: ['reports'],
    summary: report.summary,
    description: report.description,
    querystring: querySchema(report.parameters),
    response: {
      200: {
        description: 'The report at one watermark.',
        headers: {
          etag: { type: 'string', description: 'Of the watermark and the parameters; send it as If-None-Match.' },
        },
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['data', 'meta'],
              properties: {
                data: { type: 'array', items: report.rowSchema },
                meta: metaSchema(report.metaProperties),
              },
              examples: [report.example],
            },
          },
        },
      },
      304: { description: 'Nothing new was published since the answer whose ETag was sent.', type: 'null' },
      ...problemResponses(400, ...report.problemStatuses, 500, 503, 504),
    },
  };
  app.get(report.path, { schema }, async (request, reply) => {
    const values = readParameters(report.parameters, request.query, report.alsoWrong?.bind(report));
    const gone = clientGone(reply);
    const published = await context.reader.forRequest(gone).published();
    const tag = entityTag(report.path, published.watermark, values);
    void reply.header('etag', tag).header('cache-control', 'no-cache');
    if (matchesTag(request.headers['if-none-match'], tag)) {
      metrics.notModified.inc({ route: report.path });
      return reply.code(304).send();
    }
    let data = cache.get(tag);
    if (data === undefined) {
      const { watermark } = published;
      data = await context.work.run(tag, gone, async (signal) => {
        const reader = context.reader.forRequest(signal);
        const computed = await report.compute({ values, watermark, reader, settings });
        cache.set(tag, computed);
        return computed;
      });
    } else {
      metrics.cacheHits.inc({ route: report.path });
    }
    const meta = jsonText({
      report: report.name,
      as_of: published.asOf,
      watermark: BigInt(published.watermark),
      published_at: published.publishedAt,
      lag_seconds: published.lagSeconds,
      rows: data.rows,
      ...data.meta,
      parameters: data.parameters,
    });
    return reply.type('application/json; charset=utf-8').send(`{"data":${data.text},"meta":${meta}}\n`);
  });
}
