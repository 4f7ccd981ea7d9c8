import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Cube } from '../../warehouse/models/cubes/cube.ts';
import type { Exportable } from '../exports/exportable.ts';
import { setAnswerHeaders } from '../formats/answer-headers.ts';
import { formatOf } from '../formats/asked-format.ts';
import { clientGone } from '../http/client-gone.ts';
import { matchesTag } from '../http/entity-tag.ts';
import { arrayText, jsonText } from '../http/exact-json.ts';
import { querySchema, readParameters } from '../parameters/read-parameters.ts';
import {
  type AnswerContext,
  answerAtWatermark,
  answerText,
  atWatermark,
  COMMON_PARAMETERS,
  STATE_PARAMETERS,
  wrongState,
} from '../reports/answer-at-watermark.ts';
import { createCubeCatalogue } from './catalogue.ts';
import { heldAnswer } from './cells/held-answer.ts';
import { kindOf } from './column-kind.ts';
import { compileQuestion } from './compile-question.ts';
import { cubeExport } from './export-question.ts';
import { grainsOf, readQuestion } from './question.ts';
import { rowText } from './rows.ts';
import {
  CUBE_RESPONSES,
  EXPLAIN_RESPONSES,
  LIST_RESPONSES,
  NAME,
  QUERY_RESPONSES,
  QUESTION_SCHEMA,
} from './schemas.ts';
import { sendFile } from './send-file.ts';
import { shownQuestion } from './shown-question.ts';

const QUERY_ROUTE = '/v1/cubes/:cube/query';

const DESCRIBED = {
  tags: ['cubes'],
  description: 'With dimensions and measures, as the models that readers see declare them.',
};

/** `/v1/cubes`: what there is, and any question about one of them, which can be exported too. */
export function addCubes(app: FastifyInstance, context: AnswerContext): Exportable {
  const { reader, settings, cubes: known } = context;
  const catalogue = createCubeCatalogue(known);

  app.get(
    '/v1/cubes',
    { schema: { ...DESCRIBED, summary: 'The cubes', response: LIST_RESPONSES } },
    async (request, reply) => {
      readParameters({}, request.query);
      const cubes = await catalogue.all();
      return send(reply, `{"data":${jsonText(cubes.map(shownCube))},"meta":{"rows":${cubes.length}}}\n`);
    },
  );

  app.get<{ Params: { cube: string } }>(
    '/v1/cubes/:cube',
    { schema: { ...DESCRIBED, summary: 'A cube', params: NAME, response: CUBE_RESPONSES } },
    async (request, reply) => {
      readParameters({}, request.query);
      const cube = await catalogue.one(request.params.cube);
      return send(reply, `{"data":${jsonText(shownCube(cube))},"meta":{"rows":1}}\n`);
    },
  );

  const common = { tags: ['cubes'], params: NAME, body: QUESTION_SCHEMA };

  app.post(
    QUERY_ROUTE,
    {
      schema: {
        ...common,
        querystring: querySchema(COMMON_PARAMETERS),
        summary: 'Measures of a cube by some of its dimensions',
        description:
          'A row for each combination of the dimensions that occurs; without dimensions one row. A measure that does not add up ' +
          'over a dimension is refused unless the dimension is asked for or held to one value. A period is its first day.',
        response: QUERY_RESPONSES,
      },
    },
    async (request, reply) => {
      const gone = clientGone(reply);
      const { format: askedFormat, ...state } = readParameters(COMMON_PARAMETERS, request.query, wrongState);
      const format = formatOf(askedFormat, request);
      const isFile = format !== 'json';
      const cube = await catalogue.one((request.params as { cube: string }).cube);
      const question = readQuestion(cube, request.body, {
        max: isFile ? settings.maxFileRows : settings.maxRows,
        isFile,
      });
      if (format !== 'json') {
        return sendFile(request, reply, { context, cube, question, format, state, gone });
      }
      const { tag, published, answer } = await answerAtWatermark({
        context,
        route: QUERY_ROUTE,
        question: [cube, shownQuestion(question)],
        state,
        gone,
        isKnown: (each) => matchesTag(request.headers['if-none-match'], each),
        async compute(at) {
          const rows =
            (await heldAnswer(cube, question, at.watermark, context)) ??
            (await at.reader.rows(compileQuestion(cube, question, at.watermark)));
          const shown = rows.slice(0, question.limit);
          return {
            text: arrayText(shown.map((row) => rowText(question, row))),
            rows: shown.length,
            meta: { is_truncated: rows.length > question.limit, question: shownQuestion(question) },
          };
        },
      });
      setAnswerHeaders(reply, { tag, format, published, fileName: cube.name, rows: answer?.rows ?? null });
      if (answer === null) return reply.code(304).send();
      return reply.send(answerText(published, answer, { cube: cube.name }));
    },
  );

  app.post(
    '/v1/cubes/:cube/explain',
    {
      schema: {
        ...common,
        querystring: querySchema(STATE_PARAMETERS),
        summary: 'The SQL of a question, and what it costs',
        description: 'Runs it. Names come from the cube, values are parameters of the query.',
        response: EXPLAIN_RESPONSES,
      },
    },
    async (request, reply) => {
      const gone = clientGone(reply);
      const state = readParameters(STATE_PARAMETERS, request.query, wrongState);
      const cube = await catalogue.one((request.params as { cube: string }).cube);
      const question = readQuestion(cube, request.body, { max: settings.maxRows, isFile: false });
      const { published, sql, parameters, rows, cost } = await atWatermark(
        { reader, state, gone },
        async (published, reading) => {
          const query = compileQuestion(cube, question, published.watermark);
          return {
            published,
            ...query,
            ...(await reading.measured({ ...query, name: 'cube_explain' })),
          };
        },
      );
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
  return cubeExport(QUERY_ROUTE, catalogue, context);
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
