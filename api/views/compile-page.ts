import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import { unwrappedType } from '../../warehouse/clickhouse/type-name.ts';
import type { ServedColumn, ServedView } from '../../warehouse/models/served-views/served-view.ts';
import { comparedSql, jsonOf, kindOf, textSql, valuesSql } from '../cubes/column-kind.ts';
import type { ShownColumn } from '../formats/column-shapes.ts';
import { type JsonText, objectText } from '../http/exact-json.ts';
import type { ReaderQuery, TextRow } from '../warehouse-reader.ts';

export interface PageQuestion {
  readonly view: ServedView;
  /** Values by column; any where there are none. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  /** Key of the row that the page begins behind; null: the first. */
  readonly after: readonly string[] | null;
  readonly limit: number;
  readonly watermark: string;
}

/** What is read of a view, and of which rows. */
interface RowsQuestion extends Omit<PageQuestion, 'limit'> {
  /** What is selected of `v`. */
  readonly shown: string;
  /** Null: all of them. */
  readonly rows: number | null;
  readonly isOrdered: boolean;
}

/**
 * A page as one query of text columns `c0, c1, ...`, one row more than its limit where there are more. Names are the view's, values
 * are parameters.
 */
export function compilePage({ limit, ...question }: PageQuestion): ReaderQuery {
  const shown = question.view.columns.map((column, i) => `${shownSql(column)} as c${i}`).join(', ');
  return compileRows({ ...question, shown, rows: limit + 1, isOrdered: true });
}

/** The rows of a page, shown in some way. */
export function compilePageFile({ limit, ...question }: PageQuestion & { shown: string }): ReaderQuery {
  return compileRows({ ...question, rows: limit, isOrdered: true });
}

/** All rows, shown in some way. Without an order for those who only count them. */
export function compileWhole(question: {
  view: ServedView;
  filters: PageQuestion['filters'];
  watermark: string;
  shown: string;
  isOrdered: boolean;
}): ReaderQuery {
  return compileRows({ ...question, after: null, rows: null });
}

function compileRows({ view, filters, after, watermark, shown, rows, isOrdered }: RowsQuestion): ReaderQuery {
  const parameters: Record<string, unknown> = { watermark };
  const where: string[] = [];
  for (const [i, [name, values]] of Object.entries(filters).entries()) {
    if (values.length === 0) continue;
    const kind = kindOf(typeOf(view, name));
    parameters[`f${i}`] = values;
    where.push(`has(${valuesSql(kind, `f${i}`)}, ${comparedSql(kind, columnSql(name))})`);
  }
  if (after !== null) {
    const bounds = view.key.map((name, i) => {
      parameters[`k${i}`] = [after[i]];
      return `${valuesSql(kindOf(typeOf(view, name)), `k${i}`)}[1]`;
    });
    const keys = view.key.map((name) => comparedSql(kindOf(typeOf(view, name)), columnSql(name)));
    where.push(`(${keys.join(', ')}) > (${bounds.join(', ')})`);
  }
  return {
    name: 'view_page',
    sql: [
      `select ${shown}`,
      `from (${view.sql}`,
      ') as v',
      ...(where.length > 0 ? [`where ${where.join(' and ')}`] : []),
      ...(isOrdered ? [`order by ${view.key.map(columnSql).join(', ')}`] : []),
      ...(rows === null ? [] : [`limit ${rows}`]),
    ].join('\n'),
    parameters,
  };
}

/** The columns of a file of the view, of types that every format has. */
export function fileColumns({ columns }: ServedView): readonly ShownColumn[] {
  return columns.map(({ name, type }) => {
    const value = columnSql(name);
    if (isNested(type)) return { name, type: 'String', value: `toJSONString(${value})`, jsonValue: value };
    switch (kindOf(type)) {
      case 'moment':
        return { name, type: "DateTime64(6, 'UTC')", value: `toDateTime64(${value}, 6, 'UTC')` };
      case 'day':
        return { name, type: 'Date32', value: `toDate32(${value})` };
      case 'text':
        return { name, type: 'String', value: `toString(${value})` };
      default:
        return { name, type, value };
    }
  });
}

export function pageRowText({ columns }: ServedView, row: TextRow): JsonText {
  return objectText(
    columns.map(({ name, type }, i) => {
      const text = row[`c${i}`] ?? null;
      // The warehouse wrote it as JSON.
      return [name, isNested(type) ? (text ?? 'null') : jsonOf(type, text)];
    }),
  );
}

/** The key of a row, for the cursor behind it. */
export function keyOfRow({ key, columns }: ServedView, row: TextRow): string[] {
  return key.map((name) => row[`c${columns.findIndex((each) => each.name === name)}`] ?? '');
}

/** What has several values: lists, and tuples. */
export function isNested(type: string): boolean {
  return /^(?:Array|Tuple|Map)\(/.test(unwrappedType(type).base);
}

function shownSql({ name, type }: ServedColumn): string {
  return isNested(type) ? `toJSONString(${columnSql(name)})` : textSql(type, columnSql(name));
}

function columnSql(name: string): string {
  return `v.${quoteIdentifier(name)}`;
}

function typeOf({ columns }: ServedView, name: string): string {
  return columns.find((each) => each.name === name)?.type ?? 'String';
}
