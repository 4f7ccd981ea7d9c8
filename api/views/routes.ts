import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServedView } from '../../warehouse/models/served-views/served-view.ts';
import type { AsOf } from '../../warehouse/published/published.ts';
import { kindOf } from '../cubes/column-kind.ts';
import { API_ERRORS } from '../errors.ts';
import type { Exportable } from '../exports/exportable.ts';
import { setAnswerHeaders } from '../formats/answer-headers.ts';
import { formatOf, formatTag } from '../formats/asked-format.ts';
import { COLUMN_SHAPES } from '../formats/column-shapes.ts';
import type { Format } from '../formats/format.ts';
import { clientGone } from '../http/client-gone.ts';
import { matchesTag } from '../http/entity-tag.ts';
import { arrayText, jsonText } from '../http/exact-json.ts';
import { type ParameterSet, querySchema, readParameters } from '../parameters/read-parameters.ts';
import { ApiError, type ParameterProblem } from '../problems/problem.ts';
import {
  type AnswerContext,
  type AskedState,
  answerAtWatermark,
  answerText,
  COMMON_PARAMETERS,
  STATE_PARAMETERS,
  wrongState,
} from '../reports/answer-at-watermark.ts';
import { createViewCatalogue } from './catalogue.ts';
import { compilePage, compilePageFile, fileColumns, isNested, keyOfRow, pageRowText } from './compile-page.ts';
import { type Cursor, cursorText, questionMark, readCursor } from './cursor.ts';
import { viewExport } from './export-view.ts';
import { filterParameters, PAGE_PARAMETERS } from './parameters.ts';
import { LIST_RESPONSES, NAME, NEXT_CURSOR, PAGE_RESPONSES } from './schemas.ts';

const ROUTE = '/v1/views/:view';
const JSON_TYPE = 'application/json; charset=utf-8';

/** `/v1/views`: the read models, page by page, which can be exported as a whole too. */
export function addViews(app: FastifyInstance, context: AnswerContext): Exportable {
  const { reader, metrics } = context;
  const catalogue = createViewCatalogue();

  app.get(
    '/v1/views',
    {
      schema: {
        tags: ['views'],
        summary: 'The read models',
        description:
          'With their keys, columns and what they can be filtered by, as the models that readers see declare them.',
        response: LIST_RESPONSES,
      },
    },
    async (request, reply) => {
      readParameters({}, request.query);
      const views = await catalogue.all(reader.forRequest(clientGone(reply)));
      return reply.type(JSON_TYPE).send(`{"data":${jsonText(views.map(shownView))},"meta":{"rows":${views.length}}}\n`);
    },
  );

  app.get<{ Params: { view: string } }>(
    ROUTE,
    {
      schema: {
        tags: ['views'],
        summary: 'A read model, page by page',
        description:
          'Rows in the order of the key. Each column of `filters` is a parameter too: values of one are alternatives, different ' +
          'ones narrow. All pages behind a cursor are of the state of the first. Files say in headers what `meta` says: the address of ' +
          'the next page in `Link`. A view as a whole is an export.',
        params: NAME,
        querystring: {
          ...querySchema({ ...PAGE_PARAMETERS, ...COMMON_PARAMETERS }),
          additionalProperties: { type: 'string' },
        },
        response: PAGE_RESPONSES,
      },
    },
    async (request, reply) => {
      const gone = clientGone(reply);
      const view = await catalogue.one(reader.forRequest(gone), request.params.view);
      const own = filterParameters(view);
      const all = { ...PAGE_PARAMETERS, ...COMMON_PARAMETERS, ...own };
      const values = readParameters<ParameterSet>(all, request.query, (each) =>
        wrongState(each as unknown as AskedState),
      );
      const {
        limit,
        cursor: given,
        as_of: asOf,
        min_as_of: minAsOf,
        max_wait: maxWait,
        format: askedFormat,
        ...filters
      } = values as PageValues;
      const format = formatOf(askedFormat, request);
      const mark = questionMark(jsonText([view.name, view.key, filters]));
      const cursor = given === null ? null : placeOf(given, { mark, view, asOf });
      const { tag, published, answer } = await answerAtWatermark({
        context,
        route: ROUTE,
        question: [view, filters, limit, cursor?.keys ?? null],
        state: {
          as_of: cursor === null ? asOf : { watermark: cursor.watermark },
          min_as_of: cursor === null ? minAsOf : [],
          max_wait: maxWait,
        },
        gone,
        isKnown: (each) => matchesTag(request.headers['if-none-match'], formatTag(each, format)),
        async compute(at) {
          const after = cursor?.keys ?? null;
          const rows = await at.reader.rows(compilePage({ view, filters, after, limit, watermark: at.watermark }));
          const shown = rows.slice(0, limit);
          const last = rows.length > limit ? shown.at(-1) : undefined;
          const { watermark } = at;
          const next = last === undefined ? null : cursorText({ watermark, keys: keyOfRow(view, last) }, mark);
          return {
            text: arrayText(shown.map((row) => pageRowText(view, row))),
            rows: shown.length,
            meta: { next_cursor: next, parameters: { limit, ...filters } },
          };
        },
      });
      setAnswerHeaders(reply, { tag, format, published, fileName: view.name, rows: answer?.rows ?? null });
      if (answer === null) {
        metrics.notModified.inc({ route: ROUTE });
        return reply.code(304).send();
      }
      const { next_cursor: next } = answer.meta as unknown as PageMeta;
      if (next !== null)
        void reply.headers({ link: `<?${addressBehind(request, next)}>; rel="next"`, [NEXT_CURSOR]: next });
      if (format === 'json') return reply.send(answerText(published, answer, { view: view.name }));
      const { shape, head, format: written } = COLUMN_SHAPES[format];
      const columns = fileColumns(view);
      const { watermark } = published;
      const after = cursor?.keys ?? null;
      const query = compilePageFile({ view, filters, after, limit, watermark, shown: shape(columns) });
      const file = { ...query, name: 'view_file', format: written, head: head(columns) };
      return reply.send(await reader.forRequest(gone).file(file));
    },
  );
  return viewExport(ROUTE, catalogue, context);
}

/** As `readParameters` read them: beside those of every page, the values of the view's own columns. */
type PageValues = {
  readonly limit: number;
  readonly cursor: string | null;
  readonly format: Format | null;
} & AskedState &
  Readonly<Record<string, never>>;

interface PageMeta {
  /** Null: it is the last. */
  readonly next_cursor: string | null;
}

/** The same question behind a cursor, which has a state of its own. */
function addressBehind({ query }: FastifyRequest, cursor: string): URLSearchParams {
  const all = Object.entries(query as Record<string, string | string[]>)
    .filter(([name]) => name !== 'cursor' && !(name in STATE_PARAMETERS))
    .flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value]));
  return new URLSearchParams([...all, ['cursor', cursor]]);
}

/** Throws API_PARAMETERS_INVALID for what is no cursor of this question. */
function placeOf(text: string, asked: { mark: string; view: ServedView; asOf: AsOf | null }): Cursor {
  const { mark, view, asOf } = asked;
  const cursor = readCursor(text, mark, view.key.length);
  if (typeof cursor === 'string') {
    const problem = cursor === 'foreign' ? 'it is of another question' : 'this is no cursor';
    throw wrong({ parameter: 'cursor', problem, allowed: PAGE_PARAMETERS.cursor.allowed });
  }
  if (asOf === null || ('watermark' in asOf && asOf.watermark === cursor.watermark)) return cursor;
  const allowed = `nothing, or the cursor's own: ${cursor.watermark}`;
  throw wrong({ parameter: 'as_of', problem: 'the cursor is of another state', allowed });
}

function wrong(problem: ParameterProblem): ApiError {
  const problems = [problem];
  return new ApiError(API_ERRORS.parametersInvalid, `${problem.parameter}: ${problem.problem}`, { problems });
}

function shownView({ name, description, key, filters, columns }: ServedView): object {
  return {
    name,
    description,
    key,
    filters,
    columns: columns.map((column) => ({
      name: column.name,
      description: column.description,
      type: isNested(column.type) ? 'list' : kindOf(column.type),
    })),
  };
}
