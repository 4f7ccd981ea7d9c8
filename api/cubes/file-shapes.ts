import { COLUMN_SHAPES, type ShownColumn } from '../formats/column-shapes.ts';
import type { Format } from '../formats/format.ts';
import { firstDaySql } from '../reports/calendar.ts';
import type { FileQuery } from '../warehouse-reader.ts';
import { shownType } from './compile-question.ts';
import type { CubeQuestion } from './question.ts';

/** How the warehouse writes the answer to a question in a format. */
export interface FileShape {
  readonly format: FileQuery['format'];
  readonly shape: (question: CubeQuestion) => string;
  /** What comes before the first row. */
  readonly head: (question: CubeQuestion) => string;
}

function columnsOf({ dimensions, measures }: CubeQuestion): readonly ShownColumn[] {
  return [
    ...dimensions.map(({ dimension, grain }, i) =>
      grain === null
        ? { name: dimension.name, type: shownType(dimension), value: `q.d${i}` }
        : { name: dimension.name, type: 'Date32', value: firstDaySql(grain, `q.d${i}`) },
    ),
    ...measures.map(({ name, type }, i) => ({ name, type, value: `q.m${i}` })),
  ];
}

export function fileShape(format: Exclude<Format, 'json'>): FileShape {
  const { format: written, shape, head } = COLUMN_SHAPES[format];
  return {
    format: written,
    shape: (question) => shape(columnsOf(question)),
    head: (question) => head(columnsOf(question)),
  };
}
