import type { FastifyInstance } from 'fastify';
import type { Published } from '../../warehouse/published/published.ts';
import type { HeldCells } from '../cubes/cells/held-cells.ts';
import type { Exportable } from '../exports/exportable.ts';
import { ANSWER_HEADERS, FILE_CONTENTS, NOT_MODIFIED, setAnswerHeaders } from '../formats/answer-headers.ts';
import { formatOf, formatTag } from '../formats/asked-format.ts';
import type { Format } from '../formats/format.ts';
import { reportFile } from '../formats/report-file.ts';
import type { HeldRows } from '../held/held-rows.ts';
import { clientGone } from '../http/client-gone.ts';
import { matchesTag } from '../http/entity-tag.ts';
import type { JsonText } from '../http/exact-json.ts';
import { type ParameterSet, type ParameterValues, querySchema, readParameters } from '../parameters/read-parameters.ts';
import type { ParameterProblem } from '../problems/problem.ts';
import { problemResponses } from '../problems/problem-schema.ts';
import type { ApiSettings } from '../settings.ts';
import type { RequestReader } from '../warehouse-reader.ts';
import {
  type AnswerContext,
  type Answered,
  type AskedState,
  answerAtWatermark,
  answerText,
  atWatermark,
  COMMON_PARAMETERS,
  wrongState,
} from './answer-at-watermark.ts';
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
  readonly published: Published;
  readonly reader: RequestReader;
  readonly settings: ApiSettings;
  /** Cells of cubes in memory. */
  readonly cells: HeldCells;
  /** Rows of models that are kept by key, in memory. */
  readonly keyedRows: HeldRows;
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
  /** What the answer hangs on beside the state and the parameters: another value, another tag. */
  dependsOn?(question: Omit<ReportQuestion<S>, 'settings' | 'cells' | 'keyedRows'>): Promise<unknown>;
  readonly rowSchema: object;
  readonly metaProperties: Readonly<Record<string, object>>;
  readonly example: object;
  readonly problemStatuses: readonly number[];
  /** All queries must read at `question.watermark`. */
  compute(question: ReportQuestion<S>): Promise<ReportData>;
}

/** Adds a report's route: parameters, watermark, 304, data, meta. It can be exported too. */
export function addReport<S extends ParameterSet>(
  app: FastifyInstance,
  report: Report<S>,
  context: AnswerContext,
): Exportable {
  const { settings, metrics } = context;
  const schema = {
    tags: ['reports'],
    summary: report.summary,
    description: report.description,
    querystring: querySchema({ ...report.parameters, ...COMMON_PARAMETERS }),
    response: {
      200: {
        description: 'The report at one watermark.',
        headers: ANSWER_HEADERS,
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
          ...FILE_CONTENTS,
        },
      },
      304: NOT_MODIFIED,
      ...problemResponses(...new Set([400, 404, 406, 409, 410, 422, ...report.problemStatuses, 500, 503, 504])),
    },
  };
  const parameters = { ...COMMON_PARAMETERS, ...report.parameters };

  function readAsked(set: ParameterSet, query: unknown) {
    const asked = readParameters<ParameterSet>(set, query, (all) => [
      ...wrongState(all as unknown as AskedState),
      ...(report.alsoWrong?.(all as ParameterValues<S>) ?? []),
    ]);
    const { as_of: _, min_as_of: __, max_wait: ___, format, ...values } = asked;
    return { values, format: (format ?? null) as Format | null, state: asked as unknown as AskedState };
  }

  function answerFor(
    values: object,
    state: AskedState,
    gone: AbortSignal,
    isKnown: (tag: string) => boolean = () => false,
  ): Promise<Answered> {
    return answerAtWatermark({
      context,
      route: report.path,
      question: values,
      state,
      gone,
      ...(report.dependsOn !== undefined && {
        dependsOn: (at) => report.dependsOn?.({ ...at, values: values as ParameterValues<S> }),
      }),
      isKnown,
      async compute(at) {
        // Read with the report's own parameters, and with `as_of`.
        const { meta, parameters, ...data } = await report.compute({
          ...at,
          values: values as ParameterValues<S>,
          settings,
          cells: context.cells,
          keyedRows: context.keyedRows,
        });
        return { ...data, meta: { ...meta, parameters } };
      },
    });
  }

  app.get(report.path, { schema }, async (request, reply) => {
    const { values, state, format: askedFormat } = readAsked(parameters, request.query);
    const format = formatOf(askedFormat, request);
    const gone = clientGone(reply);
    const { tag, published, answer } = await answerFor(values, state, gone, (each) =>
      matchesTag(request.headers['if-none-match'], formatTag(each, format)),
    );
    setAnswerHeaders(reply, { tag, format, published, fileName: report.name, rows: answer?.rows ?? null });
    if (answer === null) {
      metrics.notModified.inc({ route: report.path });
      return reply.code(304).send();
    }
    if (format === 'json') return reply.send(answerText(published, answer, { report: report.name }));
    const rows = { text: answer.text, rowSchema: report.rowSchema };
    return reply.send(await reportFile(format, rows, context.reader.forRequest(gone)));
  });

  return {
    method: 'GET',
    route: report.path,
    async accept({ query, gone }) {
      const { format: _, ...withoutFormat } = parameters;
      const { values, state } = readAsked(withoutFormat, query);
      const published = await atWatermark({ reader: context.reader, state, gone }, async (each) => each);
      const then = { as_of: { watermark: published.watermark }, min_as_of: [], max_wait: 0 };
      return {
        published,
        fileName: report.name,
        async open(format, reader, signal) {
          const { answer } = await answerFor(values, then, signal);
          if (answer === null) throw new Error('nobody has an answer that was not given yet');
          const rows = { text: answer.text, rowSchema: report.rowSchema };
          return { rows: answer.rows, content: await reportFile(format, rows, reader) };
        },
      };
    },
  };
}
