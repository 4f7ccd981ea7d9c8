import type { Relation } from '../../../changelog/change.ts';
import {
  addName,
  EMPTY_ARRAYS_COLUMN,
  listsName,
  quotedName,
  sourceColumns,
  wantedColumns,
} from '../replicas/replica-columns.ts';
import { type ColumnType, ENCODE_ARRAY, ENCODE_TEXT } from './column-type.ts';
import { encodeText } from './encode-value.ts';

/** TabSeparated fields of the replica's `wantedColumns`; one character a byte (latin1), so that nothing is re-encoded. */
export type Fields = readonly string[];

/** Stands for a value that the source left out of an update. None of our escapes writes it, nor the next. */
export const UNCHANGED_FIELD = '\\U';
/** Stands for a value that the column cannot hold. */
export const REFUSED_FIELD = '\\R';
const NULL_FIELD = '\\N';

/** A row as it is kept in `millrace.rejected`. */
export interface KeptValues {
  /** Column name to Postgres text; null is SQL NULL. A column that is not there is not known. */
  readonly row: Readonly<Record<string, string | null>>;
  /** Columns whose text is that of the replica (TabSeparated): the source had left the value out. */
  readonly taken: readonly string[];
}

/** A kept row as a line would have it: REFUSED_FIELD where the column cannot hold it, UNCHANGED_FIELD where it is not known. */
export function fieldsOfKept(relation: Relation, { row, taken }: KeptValues): Fields {
  const columns = sourceColumns(relation);
  let emptyArrays = '[]';
  const fields = columns.map(({ name, columnType }) => {
    const isArray = columnType.encoding === ENCODE_ARRAY;
    const text = row[name];
    if (text === undefined) return UNCHANGED_FIELD;
    if (text === null) return isArray ? '[]' : NULL_FIELD;
    const encoded = taken.includes(name) ? text : encodeText(columnType, text);
    if (encoded === null) return REFUSED_FIELD;
    if (isArray && encoded === '[]') emptyArrays = addName(emptyArrays, quotedName(name));
    return latin1Of(encoded);
  });
  return columns.length === wantedColumns(relation).length ? fields : [...fields, latin1Of(emptyArrays)];
}

/** The other way: what a line says, to be kept. Text columns as their Postgres text, others as the replica's. */
export function keptOfFields(relation: Relation, fields: Fields): KeptValues {
  const row: Record<string, string | null> = {};
  const taken: string[] = [];
  const emptyArrays = wantedColumns(relation).findIndex(({ name }) => name === EMPTY_ARRAYS_COLUMN);
  for (const [i, { name, columnType }] of sourceColumns(relation).entries()) {
    const field = fields[i] as string;
    if (field === UNCHANGED_FIELD || field === REFUSED_FIELD) continue;
    const isNull =
      columnType.encoding === ENCODE_ARRAY
        ? field === '[]' && !listsName(utf8Of(fields[emptyArrays] as string), quotedName(name))
        : field === NULL_FIELD;
    row[name] = isNull ? null : keptText(columnType, utf8Of(field));
    if (!isNull && columnType.encoding !== ENCODE_TEXT) taken.push(name);
  }
  return { row, taken };
}

/** The line that removes a row, in place of the row itself (all fields of a line, version and mark too). */
export function removalOf(relation: Relation, fields: Fields): Fields {
  const columns = sourceColumns(relation);
  return fields.map((field, i) => {
    const column = columns[i];
    if (column === undefined) return i === fields.length - 1 ? '1' : field.startsWith('[') ? '[]' : field;
    if (relation.keyColumns.includes(i)) return field;
    return column.columnType.encoding === ENCODE_ARRAY ? '[]' : NULL_FIELD;
  });
}

function keptText({ encoding }: ColumnType, field: string): string {
  return encoding === ENCODE_TEXT ? unescaped(field) : field;
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', 0: '\0' };

function unescaped(field: string): string {
  return field.replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter);
}

/** Text as bytes, one character a byte, and back. */
export function latin1Of(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function utf8Of(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
