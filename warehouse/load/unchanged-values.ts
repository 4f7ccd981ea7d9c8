import type { Column, Relation } from '../../changelog/change.ts';
import { packVersion } from '../../changelog/version.ts';
import type { ErrorDefinition } from '../../runtime/errors.ts';
import { LOAD_ERRORS } from './errors.ts';
import {
  type Fields,
  fieldsOfKept,
  type KeptValues,
  keptOfFields,
  latin1Of,
  REFUSED_FIELD,
  removalOf,
  UNCHANGED_FIELD,
} from './rejected-fields.ts';
import { addName, EMPTY_ARRAYS_COLUMN, listsName, quotedName, wantedColumns } from './replica-columns.ts';
import type { RejectedRow, TabSeparatedBlock } from './tab-separated-block.ts';

export interface RowRequest {
  /** The key's fields, as they are in a line. */
  readonly key: string;
  /** Decimal digits. */
  readonly version: string;
  /** While it is unknown, rows of the snapshot that are still to come may have it. */
  readonly isAwaited: boolean;
}

/** What a replica has under a key, seen from a version. */
export interface StoredRows {
  /** The row as it was just before the version; null when there was none, or it had been removed. */
  readonly before: Fields | null;
  /** The row at the version or later: this line was written before. Null when there is none, or a removal. */
  readonly since: Fields | null;
  /** There is anything under this key, a removal too. */
  readonly isKnown: boolean;
}

/** Answers in the order of the requests. */
export type LookUpRows = (requests: readonly RowRequest[]) => Promise<readonly StoredRows[]>;
/** Rows of these keys that are rejected now: the replica has their removal instead. */
export type LookUpRejected = (
  keys: readonly string[],
) => Promise<ReadonlyMap<string, KeptValues & { readonly version: bigint }>>;
/** About how many bytes the row of each request has. */
export type LookUpSizes = (requests: readonly RowRequest[]) => Promise<readonly number[]>;

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

interface Part {
  readonly lines: readonly Line[];
}

interface Line {
  readonly fields: Fields;
  readonly key: string;
  readonly isRemoval: boolean;
  /** Key of the row that has the values it left out; null when it has all. */
  readonly lookupKey: string | null;
  /** Set for a rejected row, which is no line: `fields` has its values as far as they can be encoded. */
  readonly rejected: RejectedRow | null;
}

/**
 * The block's lines with every left-out value filled in, in parts; each part must be written before the next is asked
 * for. A value comes from an earlier line of the part, else from the replica as it was before the line. When the line was
 * written before (the batch is sent again) and its row has moved on since, it is written again as far as it can be known.
 */
export async function* fillUnchanged(options: FillOptions): AsyncGenerator<Buffer> {
  for await (const part of partsOf(options)) yield await fillPart(part, options);
}

/** Cuts the block so that a part's lines and the values to be filled in stay below the limit together. */
async function* partsOf({ block, relation, sizes, maxPartBytes }: FillOptions): AsyncGenerator<Part> {
  const lookupKeys = new Map(block.unresolved.map(({ line, lookupKey }) => [line, lookupKey]));
  const requests = [...new Set(lookupKeys.values())]
    .filter((key) => !block.refusedKeys.has(key))
    .map((key) => ({ key, version: '0', isAwaited: false }));
  const bytesOf = new Map<string, number>();
  const ask = 1000;
  for (let at = 0; at < requests.length; at += ask) {
    const asked = requests.slice(at, at + ask);
    for (const [i, bytes] of (await sizes(asked)).entries()) bytesOf.set((asked[i] as RowRequest).key, bytes);
  }
  const markField = wantedColumns(relation).length + 1;
  const written = block.written();
  let lines: Line[] = [];
  let bytes = 0;
  let nextRejected = 0;
  /** The rejected rows before a line, in their order. */
  const takeRejected = (line: number): void => {
    for (let row = block.rejected[nextRejected]; row !== undefined && row.line <= line; ) {
      const fields = fieldsOfKept(relation, { row: row.row, taken: [] });
      const lookupKey = fields.includes(UNCHANGED_FIELD) ? row.lookupKey : null;
      lines.push({ fields, key: row.key, isRemoval: false, lookupKey, rejected: row });
      row = block.rejected[++nextRejected];
    }
  };
  for (let at = 0, number = 0; at < written.length; number++) {
    const end = written.indexOf(10, at);
    const fields = written.toString('latin1', at, end).split('\t');
    const lookupKey = lookupKeys.get(number) ?? null;
    const lineBytes = end - at + (lookupKey === null ? 0 : (bytesOf.get(lookupKey) ?? 0));
    if (lines.length > 0 && bytes + lineBytes > maxPartBytes) {
      yield { lines };
      lines = [];
      bytes = 0;
    }
    bytes += lineBytes;
    takeRejected(number);
    lines.push({
      fields,
      key: keyOf(relation, fields),
      isRemoval: fields[markField] === '1',
      lookupKey,
      rejected: null,
    });
    at = end + 1;
  }
  takeRejected(Number.POSITIVE_INFINITY);
  if (lines.length > 0) yield { lines };
}

async function fillPart({ lines }: Part, options: FillOptions): Promise<Buffer> {
  const { relation, onMissing, onRejected } = options;
  const fill = fillerOf(relation);
  const versionField = wantedColumns(relation).length;
  const valuesOf = await storedValues(lines, options);
  /** The newest row of each key that this part had. A removed row stays: the next line may be it under its new key. */
  const rows = new Map<string, Fields>();
  /** The rejected ones of them, with the texts that cannot be encoded. */
  const rejections = new Map<string, KeptValues>();
  const result: string[] = [];
  for (const line of lines) {
    const { fields, key, isRemoval, lookupKey, rejected } = line;
    let filled = fields;
    if (lookupKey !== null) {
      const values = rows.get(lookupKey) ?? valuesOf.line(line);
      if (values === null || values === 'explained') {
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
      result.push(removalOf(relation, filled).join('\t'), '\n');
    } else {
      if (!isRemoval) rejections.delete(key);
      result.push(filled.join('\t'), '\n');
    }
    if (!isRemoval) rows.set(key, filled);
  }
  return Buffer.from(result.join(''), 'latin1');
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

/**
 * Finds what lines left out and the part itself does not tell: in the row that is rejected now under the key, else in the
 * replica. Answers null when it is nowhere, 'explained' when what came since is the reason.
 */
async function storedValues(
  lines: readonly Line[],
  { relation, block, rows: lookUp, rejected }: FillOptions,
): Promise<{
  line(line: Line): Fields | 'explained' | null;
  /** The row that is rejected now under a key. */
  kept(key: string): KeptValues | undefined;
}> {
  const versionField = wantedColumns(relation).length;
  const requests = new Map<string, RowRequest>();
  const told = new Set<string>();
  const lookupKeys = new Set<string>();
  for (const { fields, key, isRemoval, lookupKey, rejected: row } of lines) {
    if (lookupKey !== null && !told.has(lookupKey)) {
      lookupKeys.add(lookupKey);
      const version = row === null ? (fields[versionField] as string) : packVersion(row.version).toString();
      if (!requests.has(key)) requests.set(key, { key, version, isAwaited: false });
      const before = requests.get(lookupKey);
      requests.set(lookupKey, { key: lookupKey, version: before?.version ?? version, isAwaited: true });
    }
    if (!isRemoval) told.add(key);
  }
  const kept = await rejected([...lookupKeys]);
  const asked = [...requests.values()]
    .filter(({ key }) => !block.refusedKeys.has(key))
    .map((request) => (kept.has(request.key) ? { ...request, isAwaited: false } : request));
  const answers = await lookUp(asked);
  const stored = new Map(asked.map(({ key }, i) => [key, answers[i] as StoredRows]));
  return {
    line({ key, lookupKey }) {
      const row = kept.get(lookupKey as string);
      if (row !== undefined) return fieldsOfKept(relation, row);
      const values = valuesFor(key, lookupKey as string, stored);
      if (values !== null) return values;
      return isExplained(key, lookupKey as string, stored) ? 'explained' : null;
    },
    kept: (key) => kept.get(key),
  };
}

/** Values for what a line of `key` left out, of the row that was under `lookupKey`; null when there are none. */
export function valuesFor(key: string, lookupKey: string, stored: ReadonlyMap<string, StoredRows>): Fields | null {
  const source = stored.get(lookupKey);
  if (source?.before != null) return source.before;
  const own = stored.get(key);
  // Written before: the row itself has the values, or a later one of them that replaces this line anyway.
  if (own?.since != null) return own.since;
  // The snapshot brought the row under its new key only: its chunk was read after the key had changed.
  if (source?.isKnown !== true && own?.before != null) return own.before;
  return null;
}

/** Whether it is right that a line has no values: what came since has replaced or removed its row. */
function isExplained(key: string, lookupKey: string, stored: ReadonlyMap<string, StoredRows>): boolean {
  return stored.get(key)?.isKnown === true || stored.get(lookupKey)?.isKnown === true;
}

function keyOf(relation: Relation, fields: Fields): string {
  return relation.keyColumns.map((i) => fields[i]).join('\t');
}
