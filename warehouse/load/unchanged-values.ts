import type { Relation } from '../../changelog/change.ts';
import { addName, EMPTY_ARRAYS_COLUMN, listsName, quotedName, wantedColumns } from './replica-columns.ts';
import type { TabSeparatedBlock } from './tab-separated-block.ts';

/** Marks a value that the source left out of an update (an unchanged TOAST value). Never written by our own escapes. */
export const UNCHANGED_FIELD = '\\U';

/** TabSeparated fields of the replica's `wantedColumns`; one character a byte (latin1), so that nothing is re-encoded. */
export type Fields = readonly string[];

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
/** About how many bytes the row of each request has. */
export type LookUpSizes = (requests: readonly RowRequest[]) => Promise<readonly number[]>;

export interface FillOptions {
  readonly block: TabSeparatedBlock;
  readonly relation: Relation;
  readonly rows: LookUpRows;
  readonly sizes: LookUpSizes;
  /** A part is given out when it has this size; one row may be larger. */
  readonly maxPartBytes: number;
  /** Told of a line whose values are nowhere, although nothing that came since explains it. */
  readonly onMissing: (line: Buffer, column: string) => void;
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
  const requests = [...new Set(lookupKeys.values())].map((key) => ({ key, version: '0', isAwaited: false }));
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
    lines.push({ fields, key: keyOf(relation, fields), isRemoval: fields[markField] === '1', lookupKey });
    at = end + 1;
  }
  if (lines.length > 0) yield { lines };
}

async function fillPart({ lines }: Part, { relation, rows: lookUp, onMissing }: FillOptions): Promise<Buffer> {
  const fill = fillerOf(relation);
  const stored = await storedRows(lines, wantedColumns(relation).length, lookUp);
  /** The newest row of each key that this part had. A removed row stays: the next line may be it under its new key. */
  const rows = new Map<string, Fields>();
  const result: string[] = [];
  for (const { fields, key, isRemoval, lookupKey } of lines) {
    let filled = fields;
    if (lookupKey !== null) {
      const values = rows.get(lookupKey) ?? valuesFor(key, lookupKey, stored);
      if (values === null) {
        if (!isExplained(key, lookupKey, stored)) {
          const column = relation.columns[fields.indexOf(UNCHANGED_FIELD)]?.name ?? '';
          onMissing(Buffer.from(`${fields.join('\t')}\n`, 'latin1'), column);
        }
        continue;
      }
      filled = fill(fields, values);
    }
    result.push(filled.join('\t'), '\n');
    if (!isRemoval) rows.set(key, filled);
  }
  return Buffer.from(result.join(''), 'latin1');
}

/** Takes the values that a line left out from another row. An array that is empty there is named as such here. */
function fillerOf(relation: Relation): (fields: Fields, values: Fields) => Fields {
  const columnCount = relation.columns.length;
  const emptyArrays = wantedColumns(relation).findIndex(({ name }) => name === EMPTY_ARRAYS_COLUMN);
  const names = relation.columns.map(({ name }) => Buffer.from(quotedName(name)).toString('latin1'));
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

/** What the replica has under the keys that the part itself does not tell. */
async function storedRows(
  lines: readonly Line[],
  versionField: number,
  lookUp: LookUpRows,
): Promise<ReadonlyMap<string, StoredRows>> {
  const requests = new Map<string, RowRequest>();
  const told = new Set<string>();
  for (const { fields, key, isRemoval, lookupKey } of lines) {
    if (lookupKey !== null && !told.has(lookupKey)) {
      const version = fields[versionField] as string;
      if (!requests.has(key)) requests.set(key, { key, version, isAwaited: false });
      const before = requests.get(lookupKey);
      requests.set(lookupKey, { key: lookupKey, version: before?.version ?? version, isAwaited: true });
    }
    if (!isRemoval) told.add(key);
  }
  const asked = [...requests.values()];
  const answers = await lookUp(asked);
  return new Map(asked.map(({ key }, i) => [key, answers[i] as StoredRows]));
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
