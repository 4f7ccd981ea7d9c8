import { expect, test } from 'vitest';
import { csvLine } from '../formats/csv.ts';
import type { ExportFormat } from './exportable.ts';
import { countRows } from './row-count.ts';

/** However the bytes are cut. */
function rowsOf(format: ExportFormat, text: string): (number | null)[] {
  const bytes = Buffer.from(text);
  return [1, 2, 7, 1_000].map((size) => {
    const count = countRows(format);
    for (let at = 0; at < bytes.length; at += size) count.add(bytes.subarray(at, at + size));
    return count.rows();
  });
}

test('a line in a quoted text is no row of CSV, and the names of columns are none', () => {
  const rows = [
    ['a', 'b'],
    ['x', 'two\r\nlines'],
    ['"quoted"\n', ''],
    ['é', 'z'],
  ];
  const text = rows.map((row) => `${csvLine(row)}\r\n`).join('');
  expect(rowsOf('csv', text)).toEqual([3, 3, 3, 3]);
  expect(rowsOf('csv', 'a,b\r\n')).toEqual([0, 0, 0, 0]);
  expect(rowsOf('csv', '')).toEqual([0, 0, 0, 0]);
});

test('each line of NDJSON is a row, and Arrow and Parquet do not tell', () => {
  const text = `${JSON.stringify({ a: 'one "quotation mark' })}\n${JSON.stringify({ a: '\n' })}\n`;
  expect(rowsOf('ndjson', text)).toEqual([2, 2, 2, 2]);
  expect(rowsOf('parquet', 'PAR1\n\n')).toEqual([null, null, null, null]);
});
