import type { Column, Relation } from '../../../changelog/change.ts';
import { packVersion } from '../../../changelog/version.ts';
import type { ErrorDefinition } from '../../../runtime/errors.ts';
import { LOAD_ERRORS } from '../errors.ts';
import {
  type Fields,
  fieldsOfKept,
  type KeptValues,
  keptOfFields,
  latin1Of,
  REFUSED_FIELD,
  removalOf,
  UNCHANGED_FIELD,
} from '../values/rejected-fields.ts';
import type { RejectedRow, TabSeparatedBlock } from '../values/tab-separated-block.ts';
import { addName, EMPTY_ARRAYS_COLUMN, listsName, quotedName, wantedColumns } from './replica-columns.ts';

const TAB = 9;
const NEWLINE = 10;

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
  /** The row at the version or, when that is merged away, the oldest after it; null when there is none, or a removal. */
  readonly since: Fields | null;
  /** `since` is the row at the very version. */
  readonly isSame: boolean;
  /** There is anything at the version or later, a removal too. Batches come in order: this line was written before. */
  readonly hasSince: boolean;
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
 * for. A value comes from an earlier line of the part, else from the replica as it was before the line. A line that was
 * written before (the batch is sent again) is taken from where it was written, and dropped when it is merged away by now:
 * what the replica has from before it may be older than what it stood on.
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
    // What removes a row under its old key goes together with the row under its new one.
    const isPair = lines.at(-1)?.fields[markField - 1] === fields[markField - 1];
    if (lines.length > 0 && !isPair && bytes + lineBytes > maxPartBytes) {
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

interface StoredValues {
  line(line: Line): Fields | 'explained' | null;
  /** The row that is rejected now under a key. */
  kept(key: string): KeptValues | undefined;
}

/**
 * Finds what lines left out and the part itself does not tell: in the row that is rejected now under the key, else in the
 * replica. Answers null when it is nowhere, 'explained' when what came since is the reason.
 */
async function storedValues(
  lines: readonly Line[],
  { relation, block, rows: lookUp, rejected }: FillOptions,
  whose: 'first of a key' | 'every line' = 'first of a key',
): Promise<StoredValues> {
  const versionField = wantedColumns(relation).length;
  const versionOf = ({ fields, rejected: row }: Line): string =>
    row === null ? (fields[versionField] as string) : packVersion(row.version).toString();
  /** By version and key: a key may have been several rows' in this part. */
  const requests = new Map<string, RowRequest>();
  const told = new Set<string>();
  const lookupKeys = new Set<string>();
  for (const line of lines) {
    const { key, isRemoval, lookupKey } = line;
    if (lookupKey !== null && (!told.has(lookupKey) || whose === 'every line')) {
      lookupKeys.add(lookupKey);
      const version = versionOf(line);
      requests.set(`${version} ${key}`, { key, version, isAwaited: false });
      requests.set(`${version} ${lookupKey}`, { key: lookupKey, version, isAwaited: true });
    }
    if (!isRemoval) told.add(key);
  }
  const kept = await rejected([...lookupKeys]);
  const asked = [...requests.values()]
    .filter(({ key }) => !block.refusedKeys.has(key))
    .map((request) => (kept.has(request.key) ? { ...request, isAwaited: false } : request));
  const answers = await lookUp(asked);
  const stored = new Map(asked.map(({ key, version }, i) => [`${version} ${key}`, answers[i] as StoredRows]));
  return {
    line(line) {
      const version = versionOf(line);
      const row = kept.get(line.lookupKey as string);
      if (row !== undefined && row.version < BigInt(version)) return fieldsOfKept(relation, row);
      return valuesFor(stored.get(`${version} ${line.key}`), stored.get(`${version} ${line.lookupKey}`));
    },
    kept: (key) => kept.get(key),
  };
}

/**
 * Values for what a line left out, from what the replica has under its own key and under the key of the row that has them.
 * Null when they are nowhere, 'explained' when what came since has replaced or removed the row.
 */
export function valuesFor(own: StoredRows | undefined, source: StoredRows | undefined): Fields | 'explained' | null {
  if (own?.hasSince || source?.hasSince) return own?.isSame && own.since !== null ? own.since : 'explained';
  if (source?.before != null) return source.before;
  // The snapshot brought the row under its new key only: its chunk was read after the key had changed.
  if (source?.isKnown !== true && own?.before != null) return own.before;
  return own?.isKnown || source?.isKnown ? 'explained' : null;
}

function keyOf(relation: Relation, fields: Fields): string {
  return relation.keyColumns.map((i) => fields[i]).join('\t');
}
