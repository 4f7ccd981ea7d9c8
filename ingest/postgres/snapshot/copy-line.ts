import { FIELD_NULL, FIELD_TEXT, type Tuple } from '../../../changelog/change.ts';
import { resizeTuple } from '../../../changelog/tuple.ts';
import { violation } from '../stream/protocol-violation.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;

/**
 * One line of COPY's text format (https://www.postgresql.org/docs/18/sql-copy.html) as a tuple of plain values.
 * Values without escapes stay where they are; a line with escapes is unescaped in place: `bytes` is overwritten.
 */
export function readCopyLine(tuple: Tuple, columns: number, bytes: Buffer, start: number, end: number): void {
  let last = end;
  if (last > start && bytes[last - 1] === NEWLINE) last--;
  resizeTuple(tuple, columns);
  tuple.bytes = bytes;
  const { kinds, starts, ends } = tuple;
  if (columns === 0) return;
  let field = 0;
  let read = start;
  let write = start;
  let fieldStart = start;
  let isNull = false;
  for (;;) {
    const byte = read < last ? bytes[read]! : TAB;
    if (byte === TAB) {
      if (field >= columns) throw violation('a copied line has more fields than columns');
      kinds[field] = isNull ? FIELD_NULL : FIELD_TEXT;
      starts[field] = fieldStart;
      ends[field] = write;
      field++;
      if (read >= last) break;
      read++;
      write = read;
      fieldStart = read;
      isNull = false;
    } else if (byte === BACKSLASH) {
      const escaped = bytes[read + 1]!;
      if (escaped === 0x4e /* N */) isNull = true;
      else bytes[write++] = unescaped(escaped);
      read += 2;
    } else {
      if (write !== read) bytes[write] = byte;
      write++;
      read++;
    }
  }
  if (field !== columns) throw violation('a copied line has fewer fields than columns');
}

/** The letters that COPY TO writes; octal and hexadecimal escapes are for COPY FROM only. */
function unescaped(letter: number): number {
  switch (letter) {
    case 0x62: // b
      return 0x08;
    case 0x66: // f
      return 0x0c;
    case 0x6e: // n
      return NEWLINE;
    case 0x72: // r
      return 0x0d;
    case 0x74: // t
      return TAB;
    case 0x76: // v
      return 0x0b;
    default:
      return letter;
  }
}
