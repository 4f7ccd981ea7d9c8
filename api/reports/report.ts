import type { FastifyInstance } from 'fastify';
import type { AsOf } from '../../warehouse/published/published.ts';
import { clientGone } from '../http/client-gone.ts';
import { matchesTag } from '../http/entity-tag.ts';
import type { JsonText } from '../http/exact-json.ts';
import { type ParameterSet, type ParameterValues, querySchema, readParameters } from '../parameters/read-parameters.ts';
import type { ParameterProblem } from '../problems/problem.ts';
import { problemResponses } from '../problems/problem-schema.ts';
import type { ApiSettings } from '../settings.ts';
import type { RequestReader } from '../warehouse-reader.ts';
import { type AnswerContext, answerAtWatermark, answerText, COMMON_PARAMETERS } from './answer-at-watermark.ts';
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

/** Adds a report's route: parameters, watermark, 304, data, meta. */
export function addReport<S extends ParameterSet>(
  app: FastifyInstance,
  report: Report<S>,
  context: AnswerContext,
): void {
  const { settings, metrics } = context;
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

  app.get(report.path, { schema }, async (request, reply) => {
    const { as_of: asOf, ...values } = readParameters<ParameterSet>(parameters, request.query, (all) =>
      report.alsoWrong === undefined ? [] : report.alsoWrong(all as ParameterValues<S>),
    );
    const { tag, published, answer } = await answerAtWatermark({
      context,
      route: report.path,
      question: values,
      asOf: asOf as AsOf | null,
      gone: clientGone(reply),
      isKnown: (each) => matchesTag(request.headers['if-none-match'], each),
      async compute(at) {
        // Read with the report's own parameters, and with `as_of`.
        const { meta, parameters, ...data } = await report.compute({
          ...at,
          values: values as ParameterValues<S>,
          settings,
        });
        return { ...data, meta: { ...meta, parameters } };
      },
    });
    void reply.header('etag', tag).header('cache-control', 'no-cache');
    if (answer === null) {
      metrics.notModified.inc({ route: report.path });
      return reply.code(304).send();
    }
    return reply.type('application/json; charset=utf-8').send(answerText(published, answer, { report: report.name }));
  });
}
