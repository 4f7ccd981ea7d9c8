import { NumberText } from '../http/exact-json.ts';
import { type Cell, JsonCell } from './json-rows.ts';

/** RFC 4180: https://www.rfc-editor.org/rfc/rfc4180 */
export const CSV_LINE_END = '\r\n';

/** A line without its end. Null is nothing, which a text that is empty is not. */
export function csvLine(cells: readonly Cell[]): string {
  return cells.map(csvField).join(',');
}

function csvField(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'boolean') return String(cell);
  if (cell instanceof NumberText) return cell.text;
  return csvText(cell instanceof JsonCell ? cell.text : cell);
}

/** Quoted where it has to be, and where it is empty, so that it is not taken for null. */
export function csvText(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** SQL of the same for a value that was printed as text, which may be null; only text needs quotes. */
export function csvFieldSql(text: string, isText: boolean): string {
  if (!isText) return `ifNull(${text}, '')`;
  const quoted = `concat('"', replaceAll(${text}, '"', '""'), '"')`;
  return `ifNull(if(${text} = '' or match(${text}, '[",\\r\\n]|^\\\\s|\\\\s$'), ${quoted}, ${text}), '')`;
}
