import type { Relation } from '../../../changelog/change.ts';
import { type Fields, fieldsOfKept, UNCHANGED_FIELD } from '../values/rejected-fields.ts';
import type { RejectedRow, TabSeparatedBlock } from '../values/tab-separated-block.ts';
import { wantedColumns } from './replica-columns.ts';
import type { LookUpSizes, RowRequest } from './stored-rows.ts';

/** Lines that are filled in and written together. */
export interface Part {
  readonly lines: readonly Line[];
}

export interface Line {
  readonly fields: Fields;
  readonly key: string;
  readonly isRemoval: boolean;
  /** Key of the row that has the values it left out; null when it has all. */
  readonly lookupKey: string | null;
  /** Set for a rejected row, which is no line: `fields` has its values as far as they can be encoded. */
  readonly rejected: RejectedRow | null;
}

/**
 * Cuts the block so that a part's lines and the values to be filled in stay below the limit together; one row may be larger.
 */
export async function* partsOf(options: {
  readonly block: TabSeparatedBlock;
  readonly relation: Relation;
  readonly sizes: LookUpSizes;
  readonly maxPartBytes: number;
}): AsyncGenerator<Part> {
  const { block, relation, sizes, maxPartBytes } = options;
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

function keyOf(relation: Relation, fields: Fields): string {
  return relation.keyColumns.map((i) => fields[i]).join('\t');
}
