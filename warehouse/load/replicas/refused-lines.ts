import { ClickHouseError } from '@clickhouse/client';

/** ClickHouse codes that say "this row's text is no value of its column", from src/Common/ErrorCodes.cpp. */
const UNPARSABLE = new Set(
  [
    6, // CANNOT_PARSE_TEXT
    26, // CANNOT_PARSE_QUOTED_STRING
    27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    38, // CANNOT_PARSE_DATE
    41, // CANNOT_PARSE_DATETIME
    53, // TYPE_MISMATCH
    69, // ARGUMENT_OUT_OF_BOUND
    72, // CANNOT_PARSE_NUMBER
    117, // INCORRECT_DATA
    321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
    376, // CANNOT_PARSE_UUID
    407, // DECIMAL_OVERFLOW
    467, // CANNOT_PARSE_BOOL
  ].map(String),
);

export function isUnparsable(error: unknown): error is ClickHouseError {
  return error instanceof ClickHouseError && UNPARSABLE.has(error.code);
}

export interface RefusedLine {
  readonly line: Buffer;
  readonly detail: string;
}

/**
 * Inserts lines; where the server refuses one, the rest goes in without it. Finds it by halving, so a refused line
 * costs about 2 log2(n) inserts; every part is inserted once.
 */
export async function insertAllButRefused(
  insert: (lines: Buffer) => Promise<void>,
  lines: Buffer,
  refused: RefusedLine[],
): Promise<void> {
  try {
    await insert(lines);
  } catch (error) {
    if (!isUnparsable(error)) throw error;
    const middle = splitNearMiddle(lines);
    if (middle === lines.length) {
      refused.push({ line: lines, detail: `ClickHouse ${error.code} ${error.type ?? ''}`.trim() });
      return;
    }
    await insertAllButRefused(insert, lines.subarray(0, middle), refused);
    await insertAllButRefused(insert, lines.subarray(middle), refused);
  }
}

/** Offset behind a newline that splits the lines in two non-empty halves; the length when there is one line only. */
function splitNearMiddle(lines: Buffer): number {
  const after = lines.indexOf(10, lines.length >> 1) + 1;
  if (after > 0 && after < lines.length) return after;
  const before = lines.lastIndexOf(10, lines.length - 2) + 1;
  return before > 0 ? before : lines.length;
}
