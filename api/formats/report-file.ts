import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import { type JsonText, NumberText } from '../http/exact-json.ts';
import { SENT_ROWS } from '../sent-rows.ts';
import type { RequestReader } from '../warehouse-reader.ts';
import { CSV_LINE_END, csvLine } from './csv.ts';
import type { Format } from './format.ts';
import { type Cell, cellsOf, elementsOf, JsonCell } from './json-rows.ts';
import { type Column, collectColumns } from './row-columns.ts';

/** Rows that are written in one go; between them others have their turn. */
const ROWS_AT_ONCE = 500;

export interface ReportRows {
  /** `data`, a JSON array of objects. */
  readonly text: JsonText;
  /** JSON Schema of a row. */
  readonly rowSchema: object;
}

/** A report's rows as a file of a format other than JSON, whose columns have the types that the schema of a row says. */
export async function reportFile(
  format: Exclude<Format, 'json'>,
  rows: ReportRows,
  reader: RequestReader,
): Promise<Readable> {
  if (format === 'ndjson') return readable(inTurns(rows.text, (row) => `${row}\n`));
  const columns = await columnsOf(rows);
  if (format === 'csv') return readable(csvOf(columns, rows.text));
  return reader.file({
    name: 'report_file',
    sql: `select ${columns.map(({ name }) => quoteIdentifier(name)).join(', ')} from ${SENT_ROWS}`,
    parameters: {},
    format: format === 'arrow' ? 'ArrowStream' : 'Parquet',
    rows: { columns, lines: inTurns(rows.text, (row) => `${flatLine(cellsOf(row))}\n`) },
  });
}

function readable(texts: AsyncIterable<string>): Readable {
  return Readable.from(texts, { objectMode: false });
}

async function columnsOf({ text, rowSchema }: ReportRows): Promise<readonly Column[]> {
  const collected = collectColumns(rowSchema);
  const note = (row: JsonText): string => {
    collected.add(cellsOf(row));
    return '';
  };
  for await (const _ of inTurns(text, note));
  return collected.columns();
}

async function* csvOf(columns: readonly Column[], text: JsonText): AsyncGenerator<string> {
  const names = columns.map(({ name }) => name);
  yield csvLine(names) + CSV_LINE_END;
  yield* inTurns(text, (row) => {
    const cells = cellsOf(row);
    return csvLine(names.map((name) => cells.get(name) ?? null)) + CSV_LINE_END;
  });
}

async function* inTurns(text: JsonText, write: (row: JsonText) => string): AsyncGenerator<string> {
  let written = '';
  let rows = 0;
  for (const row of elementsOf(text)) {
    written += write(row);
    rows++;
    if (rows % ROWS_AT_ONCE !== 0) continue;
    yield written;
    written = '';
    await nextTurn();
  }
  yield written;
}

/** An object of columns. Numbers are texts, which the warehouse reads exactly whatever their type. */
function flatLine(cells: ReadonlyMap<string, Cell>): string {
  const members: string[] = [];
  for (const [name, cell] of cells) members.push(`${JSON.stringify(name)}:${sentText(cell)}`);
  return `{${members.join(',')}}`;
}

function sentText(cell: Cell): string {
  if (cell instanceof NumberText) return `"${cell.text}"`;
  return JSON.stringify(cell instanceof JsonCell ? cell.text : cell);
}
