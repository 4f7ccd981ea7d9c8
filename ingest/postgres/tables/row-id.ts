import type { Column, Relation } from '../../../changelog/change.ts';

/**
 * Tables without a key: what their rows are told apart by is a column of ours. A streamed row is told by the place of its
 * insert in the stream (`row-id-writer.ts`), a copied one by where it lies in the table (`snapshot-sql.ts`).
 */
const ROW_ID = '_row';

const TEXT = { typeOid: 25, typeModifier: -1, typeName: 'text', typeKind: 'b' } as const;

/** The relation itself, or with an id for its rows where it has no key. */
export function withRowId(relation: Relation): Relation {
  if (relation.keyColumns.length > 0) return relation;
  const columns = [...relation.columns, rowIdColumn(relation.columns)];
  return { ...relation, columns, keyColumns: [columns.length - 1], hasRowId: true };
}

function rowIdColumn(columns: readonly Column[]): Column {
  let name = ROW_ID;
  while (columns.some((column) => column.name === name)) name += '_';
  return { ...TEXT, name };
}
