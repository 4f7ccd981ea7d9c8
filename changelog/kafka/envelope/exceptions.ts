import { type Column, FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../change.ts';
import { ByteSink } from '../records/byte-sink.ts';
import type { EnvelopeOptions } from './envelope-options.ts';

/**
 * A message's JSON is for everybody, and does not always tell what the source had: an interval's text, an array's bounds,
 * a value that looks like the placeholder for one that was left out. What it does not tell is put beside it, in a header:
 * for each such column its number (2 bytes), the length of its text (4) and the text; a length of -1 says that the source
 * left the value out. Most tables have none.
 */
export interface ExceptionWriter {
  /** The header's value, valid until the next call; null when the row has none. With `onlyKey` of its key alone. */
  write(row: Tuple, onlyKey: boolean): Buffer | null;
}

export const LEFT_OUT = -1;

export function createExceptionWriter(relation: Relation, format: EnvelopeOptions): ExceptionWriter {
  const isExact = relation.columns.map((column) => isTextKept(column, format));
  const isKey = relation.columns.map((_, i) => relation.keyColumns.includes(i));
  const isAlwaysExact = isExact.every((exact) => exact);
  const out = new ByteSink(256);
  return {
    write(row, onlyKey) {
      out.length = 0;
      for (let i = 0; i < row.length; i++) {
        const kind = row.kinds[i];
        if (onlyKey && !isKey[i]) continue;
        if (kind === FIELD_UNCHANGED) {
          writeHead(out, i, LEFT_OUT);
        } else if (!isAlwaysExact && kind === FIELD_TEXT && !isExact[i]) {
          const start = row.starts[i] as number;
          const end = row.ends[i] as number;
          writeHead(out, i, end - start);
          out.copy(row.bytes, start, end);
        }
      }
      return out.length === 0 ? null : out.written();
    },
  };
}

function writeHead(out: ByteSink, column: number, length: number): void {
  const target = out.reserve(6);
  target.writeUInt16BE(column, out.length);
  target.writeInt32BE(length, out.length + 2);
  out.length += 6;
}

/** How a value's text is told by its JSON. */
export type TextRule = 'token' | 'bytea' | 'hex' | 'date' | 'time' | 'timestamp' | 'timestamptz' | 'bool' | null;

/** Whether the column's JSON tells its text, whatever the value. */
function isTextKept(column: Column, format: EnvelopeOptions): boolean {
  return textRuleOf(column, format) !== null;
}

/** Null: its JSON does not tell, and its text stands among the exceptions. */
export function textRuleOf(column: Column, format: EnvelopeOptions): TextRule {
  if (column.element !== undefined) return null;
  const isIso = format.time === 'isostring';
  switch (column.typeOid) {
    case 16:
      return 'bool';
    case 17:
      return format.binary === 'hex' ? 'hex' : 'bytea';
    case 1700:
      return format.decimal === 'precise' ? null : 'token';
    case 1082:
      return isIso ? 'date' : null;
    case 1083:
      return isIso ? 'time' : null;
    case 1114:
      return isIso ? 'timestamp' : null;
    case 1184:
      return 'timestamptz';
    case 600: // point
    case 790: // money
    case 1186: // interval
    case 1266: // timetz
    case 1560: // bit
    case 1562: // varbit
      return null;
    default:
      return column.typeKind === 'b' && /(^|\.)hstore$/.test(column.typeName) ? null : 'token';
  }
}
