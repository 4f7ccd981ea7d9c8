import type { Column, Relation } from '../../../changelog/change.ts';
import { packVersion } from '../../../changelog/version.ts';
import type { ErrorDefinition } from '../../../runtime/errors.ts';
import { LOAD_ERRORS } from '../errors.ts';
import {
  type Fields,
  type KeptValues,
  keptOfFields,
  latin1Of,
  REFUSED_FIELD,
  removalOf,
  UNCHANGED_FIELD,
} from '../values/rejected-fields.ts';
import type { RejectedRow, TabSeparatedBlock } from '../values/tab-separated-block.ts';
import { type Part, partsOf } from './block-parts.ts';
import { addName, EMPTY_ARRAYS_COLUMN, listsName, quotedName, wantedColumns } from './replica-columns.ts';
import type { LookUpRejected, LookUpRows, LookUpSizes } from './stored-rows.ts';
import { type StoredValues, storedValues } from './stored-values.ts';

const TAB = 9;
const NEWLINE = 10;

export interface FillOptions {
  readonly block: TabSeparatedBlock;
  readonly relation: Relation;
  readonly rows: LookUpRows;
  readonly sizes: LookUpSizes;
  readonly rejected: LookUpRejected;
  /** Told of each rejected row, also of one that turns out to be while it is filled in; before its part is given out. */
  readonly onRejected: (rejection: FilledRejection) => void;
  /** A part is given out when it has this size; one row may be larger. */
  readonly maxPartBytes: number;
  /** Told of a line whose values are nowhere, although nothing that came since explains it. */
  readonly onMissing: (line: Buffer, column: string) => void;
}

export interface FilledRejection extends KeptValues {
  readonly key: string;
  readonly version: bigint;
  readonly error: ErrorDefinition;
  readonly column: string;
}

/**
 * The block's lines with every left-out value filled in, in parts; each part must be written before the next is asked
 * for. A value comes from an earlier line of the part, else from the replica as it was before the line. A line that was
 * written before (the batch is sent again) is taken from where it was written, and dropped when it is merged away by now:
 * what the replica has from before it may be older than what it stood on.
 */
export async function* fillUnchanged(options: FillOptions): AsyncGenerator<Buffer> {
  for await (const part of partsOf(options)) yield await fillPart(part, options);
}

async function fillPart({ lines }: Part, options: FillOptions): Promise<Buffer> {
  const { relation, onMissing, onRejected } = options;
  const fill = fillerOf(relation);
  const versionField = wantedColumns(relation).length;
  const valuesOf = await storedValues(lines, options);
  /** The newest row of each key that this part had. A removed row stays: the next line may be it under its new key. */
  const rows = new Map<string, Fields>();
  /** Keys whose newest line of this part was dropped, and why. */
  const dropped = new Map<string, 'explained' | null>();
  /** The rejected ones of them, with the texts that cannot be encoded. */
  const rejections = new Map<string, KeptValues>();
  const result: Fields[] = [];
  let valuesOfLater: StoredValues | null = null;
  for (const [i, line] of lines.entries()) {
    const { fields, key, isRemoval, lookupKey, rejected } = line;
    let filled = fields;
    if (lookupKey !== null) {
      let values: Fields | 'explained' | null = rows.get(lookupKey) ?? null;
      if (values === null && dropped.get(lookupKey) === 'explained') {
        // The line before was written already; this one may not have been.
        valuesOfLater ??= await storedValues(lines.slice(i), options, 'every line');
        values = valuesOfLater.line(line);
      } else if (values === null && !dropped.has(lookupKey)) {
        values = valuesOf.line(line);
      }
      if (values === null || values === 'explained') {
        rows.delete(key);
        dropped.set(key, values);
        if (rejected !== null) onRejected(rejectionOf(relation, rejected, fields, undefined));
        else if (values === null) {
          const column = relation.columns[fields.indexOf(UNCHANGED_FIELD)]?.name ?? '';
          onMissing(Buffer.from(`${fields.join('\t')}\n`, 'latin1'), column);
        }
        continue;
      }
      filled = fill(fields, values);
    }
    const base = lookupKey === null ? undefined : (rejections.get(lookupKey) ?? valuesOf.kept(lookupKey));
    if (rejected !== null) {
      const rejection = rejectionOf(relation, rejected, filled, base);
      onRejected(rejection);
      rejections.set(key, rejection);
      rows.set(key, filled);
      continue;
    }
    const refusedAt = lookupKey === null ? -1 : filled.indexOf(REFUSED_FIELD);
    if (refusedAt >= 0) {
      // What it left out is what its row was rejected for.
      const { name } = relation.columns[refusedAt] as Column;
      const version = BigInt(fields[versionField] as string);
      const values = completed(relation, keptOfFields(relation, filled), filled, base);
      const rejection = { ...values, key, version, error: LOAD_ERRORS.valueStillRefused, column: name };
      onRejected(rejection);
      rejections.set(key, rejection);
      result.push(removalOf(relation, filled));
    } else {
      if (!isRemoval) rejections.delete(key);
      result.push(filled);
    }
    if (!isRemoval) rows.set(key, filled);
  }
  return encodeLines(result);
}

/** Fields have one character a byte. Large ones are not joined first: that would hold them once more, or twice. */
function encodeLines(lines: readonly Fields[]): Buffer {
  let size = 0;
  for (const fields of lines) for (const field of fields) size += field.length + 1;
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const fields of lines) {
    for (const [i, field] of fields.entries()) {
      at += bytes.write(field, at, 'latin1');
      bytes[at++] = i === fields.length - 1 ? NEWLINE : TAB;
    }
  }
  return bytes;
}

function rejectionOf(
  relation: Relation,
  row: RejectedRow,
  filled: Fields,
  base: KeptValues | undefined,
): FilledRejection {
  const { error, column, key } = row;
  const values = completed(relation, { row: row.row, taken: [] }, filled, base);
  return { ...values, key, version: packVersion(row.version), error, column };
}

/** Values with what they lack: of the rejected row before, else as a line has it. */
function completed(relation: Relation, values: KeptValues, filled: Fields, base: KeptValues | undefined): KeptValues {
  const found = keptOfFields(relation, filled);
  const row: Record<string, string | null> = { ...values.row };
  const taken = [...values.taken];
  for (const { name } of relation.columns) {
    if (name in row) continue;
    const source = base !== undefined && name in base.row ? base : found;
    if (!(name in source.row)) continue;
    row[name] = source.row[name] as string | null;
    if (source.taken.includes(name)) taken.push(name);
  }
  return { row, taken };
}

/** Takes the values that a line left out from another row. An array that is empty there is named as such here. */
function fillerOf(relation: Relation): (fields: Fields, values: Fields) => Fields {
  const columnCount = relation.columns.length;
  const emptyArrays = wantedColumns(relation).findIndex(({ name }) => name === EMPTY_ARRAYS_COLUMN);
  const names = relation.columns.map(({ name }) => latin1Of(quotedName(name)));
  return (fields, values) => {
    const filled = [...fields];
    for (let i = 0; i < columnCount; i++) {
      if (fields[i] !== UNCHANGED_FIELD) continue;
      filled[i] = values[i] as string;
      if (emptyArrays < 0 || filled[i] !== '[]' || !listsName(values[emptyArrays] as string, names[i] as string))
        continue;
      filled[emptyArrays] = addName(filled[emptyArrays] as string, names[i] as string);
    }
    return filled;
  };
}
