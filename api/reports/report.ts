import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AsOf } from '../../warehouse/published/published.ts';
import { API_ERRORS } from '../errors.ts';
import type { AnswerCache } from '../http/answer-cache.ts';
import { clientGone } from '../http/client-gone.ts';
import { entityTag, matchesTag } from '../http/entity-tag.ts';
import { type JsonText, jsonText } from '../http/exact-json.ts';
import type { SharedWork } from '../http/shared-work.ts';
import type { ApiMetrics } from '../metrics.ts';
import { publishedState } from '../parameters/parameter.ts';
import { type ParameterSet, type ParameterValues, querySchema, readParameters } from '../parameters/read-parameters.ts';
import { ApiError, type ParameterProblem } from '../problems/problem.ts';
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

/** What every report can be asked. */
const COMMON_PARAMETERS = {
  as_of: publishedState(
    'The state to report on: the one with this watermark, or that was the current one at this moment. Default: the newest. ' +
      'How far back is configured (`warehouse.horizon`).',
  ),
};

/** Exchanges of models that a report is begun anew for. */
const MAX_OVERTAKEN = 3;

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
    querystring: querySchema({ ...report.parameters, ...COMMON_PARAMETERS }),
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
      ...problemResponses(...new Set([400, 404, 410, ...report.problemStatuses, 500, 503, 504])),
    },
  };
  const parameters = { ...COMMON_PARAMETERS, ...report.parameters };

  async function answer(asked: Asked<S>, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { values, asOf, gone, overtaken } = asked;
    const newest = context.reader.forRequest(gone);
    const published = await (asOf === null ? newest.published({ anew: overtaken > 0 }) : newest.publishedThen(asOf));
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
  }

  app.get(report.path, { schema }, async (request, reply) => {
    const { as_of: asOf, ...values } = readParameters<ParameterSet>(parameters, request.query, (all) =>
      report.alsoWrong === undefined ? [] : report.alsoWrong(all as ParameterValues<S>),
    );
    // Read with the report's own parameters, and with `as_of`.
    const asked = { values: values as ParameterValues<S>, asOf: asOf as AsOf | null, gone: clientGone(reply) };
    for (let overtaken = 0; ; overtaken++) {
      try {
        return await answer({ ...asked, overtaken }, request, reply);
      } catch (error) {
        // Without `as_of` nobody asked for a state that is gone: its models were exchanged while it was read.
        if (asOf !== null || !(error instanceof ApiError) || error.code !== API_ERRORS.asOfGone.code) throw error;
        if (overtaken < MAX_OVERTAKEN) continue;
        throw new ApiError(API_ERRORS.reportOvertaken, 'each time that it was read', { cause: error });
      }
    }
  });
}

interface Asked<S extends ParameterSet> {
  readonly values: ParameterValues<S>;
  /** Null: the newest. */
  readonly asOf: AsOf | null;
  readonly gone: AbortSignal;
  /** How often what it was read from was exchanged meanwhile. */
  readonly overtaken: number;
}
