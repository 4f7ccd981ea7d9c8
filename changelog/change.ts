/** What a change is made of: a relation (the table's shape at that moment) and tuples that point into bytes. */

/** A Postgres type, with domains resolved to their base type. */
export interface ColumnDataType {
  readonly typeOid: number;
  /** `atttypmod`, -1 when the type has none. For numeric: ((precision << 16) | (scale & 0x7ff)) + 4. */
  readonly typeModifier: number;
  /** The type's SQL name as `format_type(oid, null)` prints it, e.g. `timestamp with time zone`. */
  readonly typeName: string;
  /** `pg_type.typtype`: b(ase), e(num), d(omain, base unknown), c(omposite), r(ange), m(ultirange), p(seudo). */
  readonly typeKind: string;
}

export interface Column extends ColumnDataType {
  readonly name: string;
  /** Set for arrays: what its elements are. `{...}` may nest to any depth, whatever the column was declared as. */
  readonly element?: ArrayElement;
  /** Type that the configuration asks for downstream (`sources[].types`), as text; absent: by the type's own rule. */
  readonly targetType?: string;
}

/** The modifier is the column's, or that of the domain which the elements are of. */
export interface ArrayElement extends ColumnDataType {
  /** What stands between two elements in an array's text: a comma, but for boxes and types that say otherwise. */
  readonly delimiter: string;
}

export interface Relation {
  readonly oid: number;
  /** Name of the service that owns the table. */
  readonly source: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly Column[];
  /** Indexes into `columns` that identify a row, in the key's own order; never empty. */
  readonly keyColumns: readonly number[];
  /**
   * Set for a table without a usable key: the last column is not the table's own. It holds text that tells one row from
   * every other, the same whenever that row is captured, and is the key. Such a table has inserts and truncates only.
   */
  readonly hasRowId?: true;
}

/** How one field of a tuple is present. */
export const FIELD_NULL = 0;
export const FIELD_TEXT = 1;
/** The server left the value out because an out-of-line (TOAST) value did not change: neither NULL nor a value. */
export const FIELD_UNCHANGED = 2;

/**
 * One row's fields in Postgres text format, as offsets into `bytes` (no COPY escapes: the plain text value).
 * A tuple is a flyweight: it and its bytes are reused, and are valid only during the call that receives them.
 * In the old tuple of a delete or key change only the key columns are meaningful; the others may be FIELD_NULL.
 */
export interface Tuple {
  bytes: Buffer;
  /** Number of fields; the arrays may be longer. Same order as `Relation.columns`. */
  length: number;
  kinds: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
}
