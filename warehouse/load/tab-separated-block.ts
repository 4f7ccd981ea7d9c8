import { FIELD_NULL, FIELD_UNCHANGED, type Relation, type Tuple } from '../../changelog/change.ts';
import type { RowBlock, RowVersion } from '../../changelog/destination.ts';
import type { ErrorDefinition } from '../../runtime/errors.ts';
import { ByteWriter, copyEscaped, copyPlain } from './byte-writer.ts';
import {
  columnType,
  ENCODE_DATE,
  ENCODE_FINITE,
  ENCODE_PLAIN,
  ENCODE_TEXT,
  ENCODE_TIMESTAMP,
  ENCODE_TIMESTAMPTZ,
} from './column-type.ts';
import { LOAD_ERRORS } from './errors.ts';
import { endsWithUtcOffset, fitsDate, fitsTimestamp, hasOtherOffset, isFiniteNumber } from './value-rules.ts';
import { createVersionText } from './version-text.ts';

/** A row that the target cannot hold, kept in full. */
export interface RejectedRow {
  readonly version: Readonly<RowVersion>;
  readonly error: ErrorDefinition;
  readonly column: string;
  /** Column name to Postgres text; null is SQL NULL, absent an unchanged value. */
  readonly row: Readonly<Record<string, string | null>>;
}

/** A line with values that the source left out, to be filled in before the block is written. */
export interface UnresolvedLine {
  /** Number of the line in the block, from 0. */
  readonly line: number;
  /** Key of the row that has the values, the old one where it changed: TabSeparated, one character a byte (latin1). */
  readonly lookupKey: string;
}

/** Rows as ClickHouse's TabSeparated: the relation's columns, then `_version`, then `_deleted`. */
export interface TabSeparatedBlock extends RowBlock {
  readonly rejected: readonly RejectedRow[];
  readonly unresolved: readonly UnresolvedLine[];
  /** The lines; valid until the next row. */
  written(): Buffer;
}

const TAB = 9;
const NEWLINE = 10;
const BACKSLASH = 92;
const UPPER_N = 78;
const UPPER_U = 85;
const DIGIT_0 = 48;
const INITIAL_BYTES = 16 << 10;
/** Room for a row beside its values: separators, nulls, version. */
const ROW_OVERHEAD_BYTES = 64;

/** Without `versioned` lines end after the relation's columns. */
export function createTabSeparatedBlock(
  relation: Relation,
  options: { readonly writer?: ByteWriter; readonly versioned?: boolean } = {},
): TabSeparatedBlock {
  const { writer = new ByteWriter(INITIAL_BYTES), versioned = true } = options;
  const versionText = createVersionText();
  const encodings = Uint8Array.from(relation.columns, (column) => columnType(column).encoding);
  const isKey = Uint8Array.from(relation.columns, (_column, i) => (relation.keyColumns.includes(i) ? 1 : 0));
  const columnCount = relation.columns.length;
  const rejected: RejectedRow[] = [];
  const unresolved: UnresolvedLine[] = [];
  let rows = 0;

  /** Writes one field at `at`; returns where it ends, or -1 - i when the value of column i is refused. */
  function writeValue(target: Buffer, at: number, i: number, tuple: Tuple): number {
    const start = tuple.starts[i] as number;
    const end = tuple.ends[i] as number;
    const bytes = tuple.bytes;
    switch (encodings[i]) {
      case ENCODE_PLAIN:
        return copyPlain(target, at, bytes, start, end);
      case ENCODE_TEXT:
        return copyEscaped(target, at, bytes, start, end);
      case ENCODE_FINITE:
        return isFiniteNumber(bytes, start) ? copyPlain(target, at, bytes, start, end) : -1 - i;
      case ENCODE_DATE:
        return fitsDate(bytes, start, end) ? copyPlain(target, at, bytes, start, end) : -1 - i;
      case ENCODE_TIMESTAMP:
        return fitsTimestamp(bytes, start, end) ? copyPlain(target, at, bytes, start, end) : -1 - i;
      case ENCODE_TIMESTAMPTZ:
        return endsWithUtcOffset(bytes, end) && fitsTimestamp(bytes, start, end - 3)
          ? copyPlain(target, at, bytes, start, end - 3)
          : -1 - i;
      default:
        return -1 - i;
    }
  }

  function writeRow(version: RowVersion, tuple: Tuple, keyOnly: boolean): boolean {
    const first = tuple.length > 0 ? spanBytes(tuple) : 0;
    writer.reserve(2 * first + 3 * columnCount + ROW_OVERHEAD_BYTES);
    const target = writer.bytes;
    let at = writer.length;
    let unchanged = false;
    for (let i = 0; i < columnCount; i++) {
      const kind = i < tuple.length ? tuple.kinds[i] : FIELD_NULL;
      if (kind === FIELD_NULL || (keyOnly && isKey[i] === 0)) {
        target[at++] = BACKSLASH;
        target[at++] = UPPER_N;
      } else if (kind === FIELD_UNCHANGED) {
        unchanged = true;
        target[at++] = BACKSLASH;
        target[at++] = UPPER_U;
      } else {
        at = writeValue(target, at, i, tuple);
        if (at < 0) {
          reject(version, tuple, -1 - at);
          return false;
        }
      }
      target[at++] = TAB;
    }
    if (versioned) {
      at = versionText.write(target, at, version);
      target[at++] = TAB;
      target[at++] = DIGIT_0 + (keyOnly ? 1 : 0);
      target[at++] = NEWLINE;
    } else {
      target[at - 1] = NEWLINE;
    }
    writer.length = at;
    rows++;
    return unchanged;
  }

  function reject(version: RowVersion, tuple: Tuple, column: number): void {
    const row: Record<string, string | null> = {};
    for (let i = 0; i < columnCount; i++) {
      const kind = i < tuple.length ? tuple.kinds[i] : FIELD_NULL;
      if (kind === FIELD_UNCHANGED) continue;
      const name = relation.columns[i]?.name as string;
      row[name] = kind === FIELD_NULL ? null : tuple.bytes.toString('utf8', tuple.starts[i], tuple.ends[i]);
    }
    rejected.push({
      version: { ...version },
      error:
        encodings[column] === ENCODE_TIMESTAMPTZ && hasOtherOffset(tuple.bytes, tuple.ends[column] as number)
          ? LOAD_ERRORS.valueWithOffset
          : LOAD_ERRORS.valueOutOfRange,
      column: relation.columns[column]?.name as string,
      row,
    });
  }

  function keyText(tuple: Tuple): string {
    const key = new ByteWriter(64);
    for (const [n, i] of relation.keyColumns.entries()) {
      const start = tuple.starts[i] as number;
      const end = tuple.ends[i] as number;
      key.reserve(2 * (end - start) + 1);
      if (n > 0) key.bytes[key.length++] = TAB;
      key.length = Math.max(key.length, writeValue(key.bytes, key.length, i, tuple));
    }
    return key.written().toString('latin1');
  }

  return {
    relation,
    rejected,
    unresolved,
    get bytes() {
      return writer.length;
    },
    get rows() {
      return rows;
    },
    written: () => writer.written(),
    upsert(version, row) {
      if (writeRow(version, row, false)) unresolved.push({ line: rows - 1, lookupKey: keyText(row) });
    },
    move(version, oldKey, row) {
      const lookupKey = keyText(oldKey);
      writeRow(version, oldKey, true);
      if (writeRow(version, row, false)) unresolved.push({ line: rows - 1, lookupKey });
    },
    remove(version, key) {
      writeRow(version, key, true);
    },
  };
}

/** Upper bound for the length of a tuple's values together: fields lie one behind the other in `bytes`. */
function spanBytes(tuple: Tuple): number {
  let total = 0;
  for (let i = 0; i < tuple.length; i++) {
    if (tuple.kinds[i] === 1) total += (tuple.ends[i] as number) - (tuple.starts[i] as number);
  }
  return total;
}
