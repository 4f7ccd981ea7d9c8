import type { TableShape } from '../snapshot/snapshot-book.ts';

/**
 * What a table's change of shape means for its replica. `follow`: new columns are NULL in old rows, and so are dropped
 * ones from now on. `rebuild`: values of old rows may be other ones, or have another name, without a word in the stream.
 */
export type ShapeChange = 'none' | 'follow' | 'rebuild';

/**
 * Compares what the replica follows with what the catalog says now. A rewrite alone (VACUUM FULL, CLUSTER, TRUNCATE)
 * leaves the values as they are; a rewrite with a column that was altered may be `alter column ... type ... using`, and
 * what that made of the values is in no message.
 */
export function shapeChange(known: TableShape, now: TableShape): ShapeChange {
  if (known.key.join('\0') !== now.key.join('\0')) return 'rebuild';
  const byNumber = new Map(known.columns.map((column) => [column.number, column]));
  const byName = new Map(known.columns.map((column) => [column.name, column]));
  const former = new Set(known.former);
  const isRewritten = known.storage !== now.storage;
  // It came and went between two looks: under which name its values are in the stream nobody can tell any more.
  if (now.dropped?.some((number) => number > known.attributes)) return 'rebuild';
  let change: ShapeChange = 'none';
  for (const column of now.columns) {
    const before = byNumber.get(column.number);
    if (before === undefined) {
      // Under the name of one that is gone its values would be mixed with that one's. One that was there before, and
      // not published, has values in old rows; so has one with a default, kept apart or written into them.
      const isNew = !byName.has(column.name) && !former.has(column.name) && column.number > known.attributes;
      if (!isNew || isRewritten || column.hasMissing) return 'rebuild';
      change = 'follow';
    } else {
      if (before.name !== column.name) return 'rebuild';
      if (isRewritten && before.xmin !== column.xmin) return 'rebuild';
      // Without a rewrite the values are the same; whether the replica's type can hold those to come it says itself.
      if (before.typeOid !== column.typeOid || before.typeModifier !== column.typeModifier) change = 'follow';
    }
  }
  const present = new Set(now.columns.map((column) => column.number));
  return known.columns.every((column) => present.has(column.number)) ? change : 'follow';
}

/** Whether something is other that may change without a column that is captured. */
export function isMoved(known: TableShape, now: TableShape): boolean {
  return (
    known.storage !== now.storage ||
    known.attributes !== now.attributes ||
    known.partitions?.length !== now.partitions?.length
  );
}

/** The shape to remember when the replica has followed from one to the other. */
export function followedShape(known: TableShape, now: TableShape): TableShape {
  const present = new Set(now.columns.map((column) => column.number));
  const gone = known.columns.filter((column) => !present.has(column.number)).map((column) => column.name);
  const former = [...new Set([...(known.former ?? []), ...gone])];
  return former.length === 0 ? now : { ...now, former };
}

/**
 * Whether rows that the stream describes with these columns mean the columns of that name which the catalog has by now. A
 * message that is behind may lack columns that were added since and have such that were dropped since. What it has beyond
 * them was renamed, or came and went, before anybody looked: values under such a name belong elsewhere, or nowhere.
 */
export function isOfShape(columns: readonly string[], shape: TableShape): boolean {
  const former = new Set(shape.former);
  const present = new Set(shape.columns.map((column) => column.name));
  // Columns are in the order of their numbers, on both sides, and later ones have higher numbers.
  const left = columns.filter((name) => present.has(name) || !former.has(name));
  return left.every((name, i) => shape.columns[i]?.name === name);
}
