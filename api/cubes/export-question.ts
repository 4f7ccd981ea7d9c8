import type { Exportable } from '../exports/exportable.ts';
import { openQuery, tryOut } from '../exports/query-export.ts';
import { readParameters } from '../parameters/read-parameters.ts';
import { type AnswerContext, atWatermark, STATE_PARAMETERS, wrongState } from '../reports/answer-at-watermark.ts';
import type { CubeCatalogue } from './catalogue.ts';
import { compileQuestion, type QuestionShape } from './compile-question.ts';
import { fileShape } from './file-shapes.ts';
import { readQuestion } from './question.ts';

/** A question about a cube, whose rows are written to a file beside the request. */
export function cubeExport(route: string, catalogue: CubeCatalogue, context: AnswerContext): Exportable {
  const { reader, settings } = context;
  const { maxFileRows } = settings;
  return {
    method: 'POST',
    route,
    async accept({ params, query, body, gone }) {
      const state = readParameters(STATE_PARAMETERS, query, wrongState);
      const cube = await catalogue.one(params.cube ?? '');
      const question = readQuestion(cube, body, { max: maxFileRows, isFile: true });
      // What was asked for is given; what was not may be more than a file takes.
      const isLimited = (body as { limit?: unknown }).limit !== undefined;
      const rows = isLimited ? question.limit : maxFileRows + 1;
      const compiled = (watermark: string, shape: Omit<QuestionShape, 'rows'>) =>
        compileQuestion(cube, question, watermark, { ...shape, rows });
      const counted = (watermark: string) => compiled(watermark, { shape: () => '1 as one', isOrdered: false });
      const published = await atWatermark({ reader, state, gone }, async (published, reading) => {
        await tryOut(counted(published.watermark), reading);
        return published;
      });
      const { watermark } = published;
      return {
        published,
        fileName: cube.name,
        open(format, reading) {
          const { format: written, shape, head } = fileShape(format);
          return openQuery(
            {
              counted: counted(watermark),
              file: { ...compiled(watermark, { shape }), format: written, head: head(question) },
              maxRows: isLimited ? null : maxFileRows,
            },
            reading,
          );
        },
      };
    },
  };
}
