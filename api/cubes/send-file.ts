import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Cube } from '../../warehouse/models/cubes/cube.ts';
import { noteAnswer, visibleRows } from '../access/caller.ts';
import { setAnswerHeaders } from '../formats/answer-headers.ts';
import { formatTag } from '../formats/asked-format.ts';
import type { Format } from '../formats/format.ts';
import { entityTag, matchesTag } from '../http/entity-tag.ts';
import { type AnswerContext, type AskedState, atWatermark } from '../reports/answer-at-watermark.ts';
import { compileQuestion } from './compile-question.ts';
import { fileShape } from './file-shapes.ts';
import type { CubeQuestion } from './question.ts';
import { shownQuestion } from './shown-question.ts';

/**
 * The answer to a question as the warehouse writes it, passed on while it is written: nothing of it is kept here, and it may have
 * more rows than fit here. What goes wrong before the first byte is a problem; later the connection breaks off, so that nobody
 * takes the part for the whole.
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  asked: {
    context: AnswerContext;
    cube: Cube;
    question: CubeQuestion;
    format: Exclude<Format, 'json'>;
    state: AskedState;
    gone: AbortSignal;
  },
): Promise<FastifyReply> {
  const { context, cube, question, format, state, gone } = asked;
  const { reader } = context;
  const { shape, head, format: written } = fileShape(format);
  const { headers, rows } = await atWatermark({ reader, state, gone }, async (published, reading) => {
    const tag = entityTag('cube file', published.watermark, [visibleRows(), cube, shownQuestion(question)]);
    noteAnswer({ watermark: published.watermark, rows: null });
    const headers = { tag, format, published, fileName: cube.name, rows: null, limit: question.limit };
    if (matchesTag(request.headers['if-none-match'], formatTag(tag, format))) return { headers, rows: null };
    const query = compileQuestion(cube, question, published.watermark, { shape, rows: question.limit });
    return {
      headers,
      rows: await reading.file({ ...query, name: 'cube_file', format: written, head: head(question) }),
    };
  });
  setAnswerHeaders(reply, headers);
  if (rows === null) return reply.code(304).send();
  return reply.send(rows);
}
