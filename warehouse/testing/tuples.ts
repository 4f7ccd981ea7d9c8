import { FIELD_NULL, FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../changelog/change.ts';

/** A tuple of Postgres texts: null is SQL NULL, undefined an unchanged value. */
export function tupleOf(values: readonly (string | null | undefined)[]): Tuple {
  const parts = values.map((value) => Buffer.from(value ?? ''));
  const tuple: Tuple = {
    bytes: Buffer.concat(parts),
    length: values.length,
    kinds: new Uint8Array(values.length),
    starts: new Int32Array(values.length),
    ends: new Int32Array(values.length),
  };
  let at = 0;
  for (const [i, value] of values.entries()) {
    tuple.kinds[i] = value === null ? FIELD_NULL : value === undefined ? FIELD_UNCHANGED : FIELD_TEXT;
    tuple.starts[i] = at;
    at += parts[i]?.length ?? 0;
    tuple.ends[i] = at;
  }
  return tuple;
}

const TYPES: Readonly<Record<string, { oid: number; modifier: number }>> = {
  bigint: { oid: 20, modifier: -1 },
  integer: { oid: 23, modifier: -1 },
  text: { oid: 25, modifier: -1 },
  boolean: { oid: 16, modifier: -1 },
  date: { oid: 1082, modifier: -1 },
  uuid: { oid: 2950, modifier: -1 },
  jsonb: { oid: 3802, modifier: -1 },
  timestamp: { oid: 1114, modifier: -1 },
  timestamptz: { oid: 1184, modifier: -1 },
  real: { oid: 700, modifier: -1 },
  'double precision': { oid: 701, modifier: -1 },
  'numeric(6,0)': { oid: 1700, modifier: (6 << 16) + 4 },
  'numeric(14,2)': { oid: 1700, modifier: ((14 << 16) | 2) + 4 },
  'numeric(14,4)': { oid: 1700, modifier: ((14 << 16) | 4) + 4 },
  'numeric(20,10)': { oid: 1700, modifier: ((20 << 16) | 10) + 4 },
};

let nextOid = 16_384;

/** A relation whose first `keys` columns are its key. */
export function relationOf(
  source: string,
  table: string,
  columns: Readonly<Record<string, string>>,
  keys = 1,
): Relation {
  const entries = Object.entries(columns);
  return {
    oid: nextOid++,
    source,
    schema: 'public',
    table,
    keyColumns: Array.from({ length: keys }, (_, i) => i),
    columns: entries.map(([name, typeName]) => {
      const type = TYPES[typeName];
      if (type === undefined) throw new Error(`no such type in tests: ${typeName}`);
      return { name, typeOid: type.oid, typeModifier: type.modifier, typeName, typeKind: 'b' };
    }),
  };
}
