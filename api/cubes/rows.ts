import { type JsonText, jsonText, objectText } from '../http/exact-json.ts';
import { firstDayOf, textOf } from '../reports/calendar.ts';
import type { TextRow } from '../warehouse-reader.ts';
import { jsonOf } from './column-kind.ts';
import type { CubeQuestion } from './question.ts';

/** A row of `compileQuestion` under the names that were asked for. */
export function rowText({ dimensions, measures }: CubeQuestion, row: TextRow): JsonText {
  return objectText([
    ...dimensions.map(({ dimension, grain }, i): [string, JsonText] => {
      const text = row[`d${i}`] ?? null;
      if (grain === null || text === null) return [dimension.name, jsonOf(dimension.type, text)];
      return [dimension.name, jsonText(textOf(firstDayOf(grain, Number(text))))];
    }),
    ...measures.map(({ name, type }, i): [string, JsonText] => [name, jsonOf(type, row[`m${i}`] ?? null)]),
  ]);
}
