import type { Column, Relation } from '../../changelog/change.ts';

/** What a table's messages and the catalog's table make of each other. */
export type FieldsJudgement =
  | {
      readonly kind: 'relation';
      readonly relation: Relation /** In the catalog, in no message. */;
      readonly missing: readonly string[];
    }
  /** Values may stand under another name by now. */
  | { readonly kind: 'reshaped'; readonly detail: string }
  | { readonly kind: 'keyless' };

/**
 * The relation of rows that have these fields. Fields that the catalog does not have any more are passed over, columns that no
 * message has (added since, or of a type that Debezium leaves out) are no part of it: as with a stream that is behind. Where
 * there are both, one may be the other's new name, and what the replica would hold of it is not known. `passedOver`: fields that are
 * known to be no column's name, generated ones and those that were seen to be dropped.
 */
export function judgeFields(
  table: Relation,
  fields: readonly string[],
  passedOver: ReadonlySet<string>,
): FieldsJudgement {
  const has = new Set(fields);
  const known = new Set(table.columns.map(({ name }) => name));
  const unknown = fields.filter((field) => !known.has(field) && !passedOver.has(field));
  const missing = table.columns.filter(({ name }) => !has.has(name));
  const mayBeNew = missing.filter((column) => !isLeftOut(column));
  if (unknown.length > 0 && mayBeNew.length > 0) {
    const names = (of: readonly string[]): string => of.join(', ');
    return {
      kind: 'reshaped',
      detail: `messages have ${names(unknown)}, the table has ${names(mayBeNew.map(({ name }) => name))} instead`,
    };
  }
  const columns = table.columns.filter(({ name }) => has.has(name));
  const keyColumns = table.keyColumns.map((index) => columns.indexOf(table.columns[index] as Column));
  if (table.hasRowId === true || keyColumns.includes(-1)) return { kind: 'keyless' };
  return { kind: 'relation', relation: { ...table, columns, keyColumns }, missing: missing.map(({ name }) => name) };
}

/** What the messages of a table have by default, before any was seen. */
export function expectedFields({ columns }: Relation): string[] {
  return columns.filter((column) => !isLeftOut(column)).map(({ name }) => name);
}

/** Debezium has no schema for composites, and leaves them out. */
function isLeftOut({ typeKind, element }: Column): boolean {
  return typeKind === 'c' || element?.typeKind === 'c';
}
