import type { Relation } from '../../../changelog/change.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { LOAD_ERRORS } from '../errors.ts';
import { type ColumnType, columnType, declaredType, ENCODE_ARRAY } from '../values/column-type.ts';

/** One column of a replica that comes from its source table. */
export interface ReplicaColumn {
  readonly name: string;
  /** As it is declared in ClickHouse. */
  readonly type: string;
  readonly columnType: ColumnType;
}

/**
 * ClickHouse has no arrays that are NULL, so a NULL one is stored as `[]`; the arrays that are empty in the source are
 * listed here by name. An array that is empty and not listed is NULL: so are those of rows that are older than their
 * column, and of removed rows. A replica has this column when its table has arrays, behind the columns of the table.
 */
export const EMPTY_ARRAYS_COLUMN = '_empty';
const EMPTY_ARRAYS_TYPE = 'Array(LowCardinality(String))';

/** Columns of the source table as the replica has them. Throws MR-LOAD-014 when the configuration asks for what cannot be. */
export function sourceColumns(relation: Relation): readonly ReplicaColumn[] {
  let columns = COLUMNS.get(relation);
  if (columns === undefined) {
    columns = relation.columns.map((column, i) => {
      const isKey = relation.keyColumns.includes(i);
      const type = columnType(column, isKey);
      return { name: column.name, type: declaredType(type, isKey), columnType: type };
    });
    COLUMNS.set(relation, columns);
  }
  return columns;
}

/** Worked out once: every block of a relation asks. */
const COLUMNS = new WeakMap<Relation, readonly ReplicaColumn[]>();

/** What a replica has beside its table's columns; a table with a column of such a name cannot be taken. */
const OWN_COLUMNS: ReadonlySet<string> = new Set([EMPTY_ARRAYS_COLUMN, '_version', '_deleted']);

/**
 * All columns that a line of a block has before `_version` and `_deleted`, in its order. Throws MR-LOAD-015 when the
 * table has a column that is called like one of the replica's own.
 */
export function wantedColumns(relation: Relation): { readonly name: string; readonly type: string }[] {
  const columns: { name: string; type: string }[] = sourceColumns(relation).map(({ name, type }) => ({ name, type }));
  const taken = columns.find(({ name }) => OWN_COLUMNS.has(name));
  if (taken !== undefined) {
    throw new TableFailure(LOAD_ERRORS.columnNameTaken, `${relation.schema}.${relation.table}.${taken.name}`);
  }
  if (hasArrays(relation)) columns.push({ name: EMPTY_ARRAYS_COLUMN, type: EMPTY_ARRAYS_TYPE });
  return columns;
}

export function hasArrays(relation: Relation): boolean {
  return sourceColumns(relation).some((column) => column.columnType.encoding === ENCODE_ARRAY);
}

/** A column's name as an element of `_empty`, as TabSeparated has it. */
export function quotedName(name: string): string {
  const escaped = name.replace(/[\\'\n\t\r]/g, (character) => ESCAPES.get(character) ?? `\\${character}`);
  return `'${escaped}'`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
]);

/** Whether a list of `_empty` has a name; both as TabSeparated has them. */
export function listsName(list: string, quoted: string): boolean {
  return `,${list.slice(1, -1)},`.includes(`,${quoted},`);
}

export function addName(list: string, quoted: string): string {
  return list === '[]' ? `[${quoted}]` : `${list.slice(0, -1)},${quoted}]`;
}
