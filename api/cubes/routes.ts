import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Cube } from '../../warehouse/models/cubes/cube.ts';
import { API_ERRORS } from '../errors.ts';
import { clientGone } from '../http/client-gone.ts';
import { arrayText, jsonText } from '../http/exact-json.ts';
import { querySchema, readParameters } from '../parameters/read-parameters.ts';
import { ApiError } from '../problems/problem.ts';
import {
  type AnswerContext,
  answerAtWatermark,
  answerText,
  COMMON_PARAMETERS,
} from '../reports/answer-at-watermark.ts';
import { createCubeCatalogue } from './catalogue.ts';
import { kindOf } from './column-kind.ts';
import { compileQuestion } from './compile-question.ts';
import { type CubeQuestion, grainsOf, readQuestion } from './question.ts';
import { rowText } from './rows.ts';
import {
  CUBE_RESPONSES,
  EXPLAIN_RESPONSES,
  LIST_RESPONSES,
  NAME,
  QUERY_RESPONSES,
  QUESTION_SCHEMA,
} from './schemas.ts';

const DESCRIBED = {
  tags: ['cubes'],
  description: 'With dimensions and measures, as the models that readers see declare them.',
};

/** `/v1/cubes`: what there is, and any question about one of them. */
export function addCubes(app: FastifyInstance, context: AnswerContext): void {
  const { reader, settings } = context;
  const catalogue = createCubeCatalogue();

  app.get(
    '/v1/cubes',
    { schema: { ...DESCRIBED, summary: 'The cubes', response: LIST_RESPONSES } },
    async (_, reply) => {
      const cubes = await catalogue.all(reader.forRequest(clientGone(reply)));
      return send(reply, `{"data":${jsonText(cubes.map(shownCube))},"meta":{"rows":${cubes.length}}}\n`);
    },
  );

  app.get<{ Params: { cube: string } }>(
    '/v1/cubes/:cube',
    { schema: { ...DESCRIBED, summary: 'A cube', params: NAME, response: CUBE_RESPONSES } },
    async (request, reply) => {
      const cube = await catalogue.one(reader.forRequest(clientGone(reply)), request.params.cube);
      return send(reply, `{"data":${jsonText(shownCube(cube))},"meta":{"rows":1}}\n`);
    },
  );

  const asked = async (request: FastifyRequest, gone: AbortSignal) => {
    const { as_of: asOf } = readParameters(COMMON_PARAMETERS, request.query);
    const cube = await catalogue.one(reader.forRequest(gone), (request.params as { cube: string }).cube);
    return { asOf, cube, question: readQuestion(cube, request.body, settings.maxRows) };
  };
  const common = { tags: ['cubes'], params: NAME, querystring: querySchema(COMMON_PARAMETERS), body: QUESTION_SCHEMA };

  app.post(
    '/v1/cubes/:cube/query',
    {
      schema: {
        ...common,
        summary: 'Measures of a cube by some of its dimensions',
        description:
          'A row for each combination of the dimensions that occurs; without dimensions one row. A measure that does not add up ' +
          'over a dimension is refused unless the dimension is asked for or held to one value. A period is its first day.',
        response: QUERY_RESPONSES,
      },
    },
    async (request, reply) => {
      const gone = clientGone(reply);
      const { asOf, cube, question } = await asked(request, gone);
      const { tag, published, answer } = await answerAtWatermark({
        context,
        route: '/v1/cubes/:cube/query',
        question: [cube, shownQuestion(question)],
        asOf,
        gone,
        async compute(at) {
          const rows = await at.reader.rows(compileQuestion(cube, question, at.watermark));
          const shown = rows.slice(0, question.limit);
          return {
            text: arrayText(shown.map((row) => rowText(question, row))),
            rows: shown.length,
            meta: { is_truncated: rows.length > question.limit, question: shownQuestion(question) },
          };
        },
      });
      void reply.header('etag', tag).header('cache-control', 'no-cache');
      return send(reply, answer === null ? '' : answerText(published, answer, { cube: cube.name }));
    },
  );

  app.post(
    '/v1/cubes/:cube/explain',
    {
      schema: {
        ...common,
        summary: 'The SQL of a question, and what it costs',
        description: 'Runs it. Names come from the cube, values are parameters of the query.',
        response: EXPLAIN_RESPONSES,
      },
    },
    async (request, reply) => {
      const gone = clientGone(reply);
      const { asOf, cube, question } = await asked(request, gone);
      const reading = reader.forRequest(gone);
      const published = await (asOf === null ? reading.published() : reading.publishedThen(asOf));
      const { sql, parameters } = compileQuestion(cube, question, published.watermark);
      const { rows, cost } = await reading.measured({ name: 'cube_explain', sql, parameters });
      const data = {
        sql,
        parameters,
        rows_read: BigInt(cost.rowsRead),
        bytes_read: BigInt(cost.bytesRead),
        seconds: cost.seconds,
      };
      const answer = { text: jsonText(data), rows: Math.min(rows.length, question.limit), meta: {} };
      return send(reply, answerText(published, answer, { cube: cube.name }));
    },
  );

  for (const path of ['/v1/cubes/:cube/query', '/v1/cubes/:cube/explain']) {
    app.route({
      method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'],
      url: path,
      schema: { hide: true },
      handler(request, reply) {
        void reply.header('allow', 'POST');
        throw new ApiError(API_ERRORS.methodNotAllowed, `${request.method} is not possible here`);
      },
    });
  }
}

function send(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(text);
}

function shownCube({ name, description, time, dimensions, measures }: Cube): object {
  return {
    name,
    description,
    time,
    dimensions: dimensions.map((dimension) => ({
      name: dimension.name,
      description: dimension.description,
      type: kindOf(dimension.type),
      grains: grainsOf(dimension),
    })),
    measures: measures.map((measure) => ({
      name: measure.name,
      description: measure.description,
      type: kindOf(measure.type),
      aggregate: measure.aggregate,
      not_over: measure.notOver,
      ratio: measure.ratio,
    })),
  };
}

/** As understood, with defaults filled. */
function shownQuestion({ measures, dimensions, filters, timeRange, order, limit }: CubeQuestion): object {
  return {
    measures: measures.map(({ name }) => name),
    dimensions: dimensions.map(({ dimension, grain }) => ({ name: dimension.name, grain })),
    filters: filters.map(({ dimension, measure, operator, values }) => ({
      name: (dimension ?? measure).name,
      operator,
      values,
    })),
    time_range: timeRange === null ? null : { name: timeRange.dimension.name, from: timeRange.from, to: timeRange.to },
    order,
    limit,
  };
}
