import { FIELD_TEXT, type Relation, type Tuple } from './change.ts';

/** Whether two tuples of a relation have byte for byte the same key. */
export function hasSameKey(relation: Relation, a: Tuple, b: Tuple): boolean {
  for (const column of relation.keyColumns) {
    if (a.kinds[column] !== FIELD_TEXT || b.kinds[column] !== FIELD_TEXT) return false;
    const start = a.starts[column] as number;
    const end = a.ends[column] as number;
    if (a.bytes.compare(b.bytes, b.starts[column], b.ends[column], start, end) !== 0) return false;
  }
  return true;
}
