import { FIELD_NULL, FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../../changelog/change.ts';
import type { RowBlock, RowVersion } from '../../../changelog/destination.ts';
import type { ErrorDefinition } from '../../../runtime/errors.ts';
import { refusalOf } from '../replicas/refusal.ts';
import { hasArrays, quotedName, sourceColumns } from '../replicas/replica-columns.ts';
import { ByteWriter, copyEscaped, copyPlain, countEscapes } from './byte-writer.ts';
import {
  type ColumnType,
  ENCODE_ARRAY,
  ENCODE_DATE,
  ENCODE_FINITE,
  ENCODE_PLAIN,
  ENCODE_TEXT,
  ENCODE_TIMESTAMP,
  ENCODE_TIMESTAMPTZ,
} from './column-type.ts';
import { isEmptyArray } from './encode-array.ts';
import { encodeValue, MAX_GROWTH } from './encode-value.ts';
import { endsWithUtcOffset, fitsDate, fitsTimestamp, isFiniteNumber } from './value-rules.ts';
import { createVersionText } from './version-text.ts';

/** A row that the target cannot hold, kept in full. */
export interface RejectedRow {
  readonly version: Readonly<RowVersion>;
  readonly error: ErrorDefinition;
  readonly column: string;
  /** Column name to Postgres text; null is SQL NULL, absent an unchanged value. */
  readonly row: Readonly<Record<string, string | null>>;
  /** Key as TabSeparated (latin1); a key value that is refused itself stands there as its text. */
  readonly key: string;
  /** Where the values that it left out are: the old key where the key changed. */
  readonly lookupKey: string;
  /** How many lines of the block come before it. The line behind them removes what its key had in the replica. */
  readonly line: number;
}

/** A row that is gone in the source, under a key that the replica could never hold. */
export interface RefusedRemoval {
  readonly version: Readonly<RowVersion>;
  /** As in RejectedRow. */
  readonly key: string;
}

/** A line with values that the source left out, to be filled in before the block is written. */
export interface UnresolvedLine {
  /** Number of the line in the block, from 0. */
  readonly line: number;
  /** Key of the row that has the values, the old one where it changed: TabSeparated, one character a byte (latin1). */
  readonly lookupKey: string;
}

/** Rows as ClickHouse's TabSeparated: the replica's `wantedColumns`, then `_version`, then `_deleted`. */
export interface TabSeparatedBlock extends RowBlock {
  readonly rejected: readonly RejectedRow[];
  readonly removals: readonly RefusedRemoval[];
  readonly unresolved: readonly UnresolvedLine[];
  /** Keys, as above, that no replica can hold: nothing is there under them. */
  readonly refusedKeys: ReadonlySet<string>;
  /** The lines; valid until the next row. */
  written(): Buffer;
}

const TAB = 9;
const NEWLINE = 10;
const BACKSLASH = 92;
const UPPER_N = 78;
const UPPER_U = 85;
const DIGIT_0 = 48;
const COMMA = 44;
const WRITTEN = 0;
const WRITTEN_UNRESOLVED = 1;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
/** Room for one value beside its bytes: a separator, the quotes of an array's first element. */
const KEY_OVERHEAD_BYTES = 8;
const INITIAL_BYTES = 16 << 10;
/** Room for a row beside its values: separators, nulls, version. */
const ROW_OVERHEAD_BYTES = 64;
const LARGE_ROW_BYTES = 1 << 20;

/** Without `versioned` lines end after the relation's columns. */
export function createTabSeparatedBlock(
  relation: Relation,
  options: { readonly writer?: ByteWriter; readonly versioned?: boolean } = {},
): TabSeparatedBlock {
  const { writer = new ByteWriter(INITIAL_BYTES), versioned = true } = options;
  const versionText = createVersionText();
  const types = sourceColumns(relation).map((column) => column.columnType);
  const encodings = Uint8Array.from(types, (type) => type.encoding);
  const withArrays = hasArrays(relation);
  const growth = withArrays ? MAX_GROWTH : 2;
  const overheadBytes = ROW_OVERHEAD_BYTES + (withArrays ? namesBytes(relation) : 0);
  const isKey = Uint8Array.from(relation.columns, (_column, i) => (relation.keyColumns.includes(i) ? 1 : 0));
  const columnCount = relation.columns.length;
  const rejected: RejectedRow[] = [];
  const unresolved: UnresolvedLine[] = [];
  const refusedKeys = new Set<string>();
  const removals: RefusedRemoval[] = [];
  let rejectedBytes = 0;
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
      default: {
        const written = encodeValue(types[i] as ColumnType, target, at, bytes, start, end);
        return written < 0 ? -1 - i : written;
      }
    }
  }

  /** Names the arrays of a row that are empty, as opposed to NULL. */
  function writeEmptyArrays(target: Buffer, start: number, tuple: Tuple): number {
    let at = start;
    target[at++] = OPEN_BRACKET;
    for (let i = 0; i < columnCount; i++) {
      if (encodings[i] !== ENCODE_ARRAY || i >= tuple.length || tuple.kinds[i] !== FIELD_TEXT) continue;
      if (!isEmptyArray(tuple.bytes, tuple.starts[i] as number, tuple.ends[i] as number)) continue;
      if (at > start + 1) target[at++] = COMMA;
      const name = Buffer.from(quotedName(relation.columns[i]?.name as string));
      name.copy(target, at);
      at += name.length;
    }
    target[at++] = CLOSE_BRACKET;
    return at;
  }

  function writeNull(target: Buffer, at: number, i: number): number {
    const isArray = encodings[i] === ENCODE_ARRAY;
    target[at++] = isArray ? OPEN_BRACKET : BACKSLASH;
    target[at++] = isArray ? CLOSE_BRACKET : UPPER_N;
    return at;
  }

  /** What the values of a large row take at most: of text exactly, where twice its length would cost as much again. */
  function roomOfLarge(tuple: Tuple): number {
    let room = 0;
    for (let i = 0; i < tuple.length; i++) {
      if (tuple.kinds[i] !== FIELD_TEXT) continue;
      const start = tuple.starts[i] as number;
      const end = tuple.ends[i] as number;
      room +=
        encodings[i] === ENCODE_TEXT ? end - start + countEscapes(tuple.bytes, start, end) : growth * (end - start);
    }
    return room;
  }

  /** WRITTEN, WRITTEN_UNRESOLVED when values were left out, or -1 - i when the value of column i is refused. */
  function writeRow(version: RowVersion, tuple: Tuple, keyOnly: boolean): number {
    const first = tuple.length > 0 ? spanBytes(tuple) : 0;
    const room = first < LARGE_ROW_BYTES ? growth * first : roomOfLarge(tuple);
    writer.reserve(room + 3 * columnCount + overheadBytes);
    const target = writer.bytes;
    let at = writer.length;
    let unchanged = false;
    for (let i = 0; i < columnCount; i++) {
      const kind = i < tuple.length ? tuple.kinds[i] : FIELD_NULL;
      if (kind === FIELD_NULL || (keyOnly && isKey[i] === 0)) {
        at = writeNull(target, at, i);
      } else if (kind === FIELD_UNCHANGED) {
        unchanged = true;
        target[at++] = BACKSLASH;
        target[at++] = UPPER_U;
      } else {
        at = writeValue(target, at, i, tuple);
        if (at < 0) return at;
      }
      target[at++] = TAB;
    }
    if (withArrays) {
      at = keyOnly ? writeNoArrays(target, at) : writeEmptyArrays(target, at, tuple);
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
    return unchanged ? WRITTEN_UNRESOLVED : WRITTEN;
  }

  /** A row with its values, or in their place its removal: what the replica cannot hold must not look as it was. */
  function put(version: RowVersion, row: Tuple, oldKey: Tuple): void {
    const result = writeRow(version, row, false);
    if (result === WRITTEN) return;
    const lookupKey = keyText(oldKey);
    if (result === WRITTEN_UNRESOLVED) {
      unresolved.push({ line: rows - 1, lookupKey });
      return;
    }
    const rejectedRow = rejectedRowOf(version, row, -1 - result, lookupKey);
    rejected.push(rejectedRow);
    for (const text of Object.values(rejectedRow.row)) rejectedBytes += text?.length ?? 0;
    // Where the key is refused as well, there is nothing to remove.
    if (versioned) writeRow(version, row, true);
  }

  function removeKey(version: RowVersion, key: Tuple): void {
    if (writeRow(version, key, true) < 0) removals.push({ version: { ...version }, key: keyText(key) });
  }

  function rejectedRowOf(version: RowVersion, tuple: Tuple, column: number, lookupKey: string): RejectedRow {
    const row: Record<string, string | null> = {};
    for (let i = 0; i < columnCount; i++) {
      const kind = i < tuple.length ? tuple.kinds[i] : FIELD_NULL;
      if (kind === FIELD_UNCHANGED) continue;
      const name = relation.columns[i]?.name as string;
      row[name] = kind === FIELD_NULL ? null : tuple.bytes.toString('utf8', tuple.starts[i], tuple.ends[i]);
    }
    const name = relation.columns[column]?.name as string;
    return {
      version: { ...version },
      error: refusalOf(types[column] as ColumnType, row[name] ?? ''),
      column: name,
      row,
      key: keyText(tuple),
      lookupKey,
      line: rows,
    };
  }

  function keyText(tuple: Tuple): string {
    const key = new ByteWriter(64);
    let isRefused = false;
    for (const [n, i] of relation.keyColumns.entries()) {
      const start = tuple.starts[i] as number;
      const end = tuple.ends[i] as number;
      key.reserve(growth * (end - start) + KEY_OVERHEAD_BYTES);
      if (n > 0) key.bytes[key.length++] = TAB;
      const written = writeValue(key.bytes, key.length, i, tuple);
      if (written < 0) isRefused = true;
      key.length = written < 0 ? copyEscaped(key.bytes, key.length, tuple.bytes, start, end) : written;
    }
    const text = key.written().toString('latin1');
    if (isRefused) refusedKeys.add(text);
    return text;
  }

  return {
    relation,
    rejected,
    removals,
    unresolved,
    refusedKeys,
    get bytes() {
      return writer.length + rejectedBytes;
    },
    get rows() {
      return rows;
    },
    written: () => writer.written(),
    upsert: (version, row) => put(version, row, row),
    move(version, oldKey, row) {
      removeKey(version, oldKey);
      put(version, row, oldKey);
    },
    remove: removeKey,
  };
}

function writeNoArrays(target: Buffer, at: number): number {
  target[at++] = OPEN_BRACKET;
  target[at++] = CLOSE_BRACKET;
  return at;
}

/** Room for the names of all columns, escaped and quoted. */
function namesBytes(relation: Relation): number {
  return relation.columns.reduce((total, { name }) => total + 2 * Buffer.byteLength(name) + 8, 2);
}

/** Upper bound for the length of a tuple's values together: fields lie one behind the other in `bytes`. */
function spanBytes(tuple: Tuple): number {
  let total = 0;
  for (let i = 0; i < tuple.length; i++) {
    if (tuple.kinds[i] === 1) total += (tuple.ends[i] as number) - (tuple.starts[i] as number);
  }
  return total;
}
